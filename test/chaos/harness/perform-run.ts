/** Submits one run as its work says, does to it what was planned, and waits for its end. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  cancelTask,
  cancelWorkflow,
  getWorkflow,
  pauseWorkflow,
  resumeWorkflow,
  retryWorkflow,
  submitWorkflow,
  type Workflow,
} from "@drover/contracts";
import type { RunWork } from "../program/run-work.ts";
import type { StepPlan } from "../program/step-plan.ts";
import { insist, refusalOf } from "./insist.ts";
import type { LaneContext } from "./lane-context.ts";
import type { WorkRecord } from "./work-record.ts";

export async function performRun(context: LaneContext, work: RunWork): Promise<WorkRecord> {
  const { client, signal } = context;
  const { operation } = work;
  const idempotencyKey = context.keyOf(work.index);
  const submit = () => client.call(submitWorkflow, { body: work.definition, idempotencyKey, signal });
  const accepted = await insist(submit, signal);
  const { id } = accepted;
  context.accepted("run", id, work.index);
  let cancelAcknowledged = false;
  if ("afterMs" in operation) await sleep(operation.afterMs);
  if (operation.kind === "repeat") {
    const again = await insist(submit, signal);
    if (again.id !== id) context.fault(work.index, `its repetition made ${again.id} of it`);
  }
  if (operation.kind === "cancel") {
    const params = { workflow_id: id };
    const refusal = await refusalOf(() => client.call(cancelWorkflow, { params, signal }), signal);
    cancelAcknowledged = refusal === undefined;
  }
  if (operation.kind === "cancelStep") await cancelStep(context, id, operation.stepId);
  if (operation.kind === "pause") await pause(context, work, id, operation.forMs);
  const final = () => insist(() => client.waitForWorkflow(id, { signal }), signal);
  const facts = { cancelAcknowledged, failedBefore: new Set<string>() };
  const record: WorkRecord = { kind: "run", work, run: await final(), facts, retries: 0 };
  if (operation.kind !== "retry") return record;
  context.judge(record);
  const failed = record.run.steps.filter((step) => step.status === "failed");
  const retries = await retry(context, work, id, operation.fromStep);
  const reopened = operation.fromStep === null ? null : withAllAfter(work.plan, operation.fromStep);
  const failedBefore = new Set(
    failed.map((step) => step.step_id).filter((step) => reopened?.has(step) !== false),
  );
  return { ...record, run: await final(), facts: { ...facts, failedBefore }, retries };
}

/** A step and what comes after it, directly or not. */
function withAllAfter(plan: readonly StepPlan[], first: string): Set<string> {
  const found = new Set([first]);
  for (const { step } of plan) if ((step.depends_on ?? []).some((id) => found.has(id))) found.add(step.id);
  return found;
}

/** A run that has ended is not paused any more; whoever paused it must resume it. */
async function pause({ client, signal, fault }: LaneContext, work: RunWork, id: string, forMs: number) {
  const params = { workflow_id: id };
  const refusal = await refusalOf(() => client.call(pauseWorkflow, { params, signal }), signal);
  if (refusal !== undefined && refusal !== 409) fault(work.index, `its pause was refused with ${refusal}`);
  await sleep(forMs);
  const resumed = await refusalOf(() => client.call(resumeWorkflow, { params, signal }), signal);
  if (resumed !== undefined && resumed !== 409) fault(work.index, `its resume was refused with ${resumed}`);
}

/**
 * A run whose every step has completed is not retried, unless from one of them on.
 * @returns how often it was asked for: one whose answer was lost may have been done
 */
async function retry(
  { client, signal, fault }: LaneContext,
  work: RunWork,
  id: string,
  fromStep: string | null,
) {
  const params = { workflow_id: id };
  const body = fromStep === null ? {} : { from_step: fromStep };
  // 409: nothing to retry; or a retry before this one did it, and its answer was lost.
  let asked = 0;
  const refusal = await refusalOf(() => {
    asked += 1;
    return client.call(retryWorkflow, { params, body, signal });
  }, signal);
  if (refusal !== undefined && refusal !== 409) fault(work.index, `its retry was refused with ${refusal}`);
  return asked;
}

/** Does nothing where the step has no task yet. */
async function cancelStep({ client, signal }: LaneContext, id: string, stepId: string): Promise<void> {
  const params = { workflow_id: id };
  const run: Workflow = await insist(() => client.call(getWorkflow, { params, signal }), signal);
  const taskId = run.steps.find((step) => step.step_id === stepId)?.task_id;
  if (taskId === undefined) return;
  await refusalOf(() => client.call(cancelTask, { params: { task_id: taskId }, signal }), signal);
}
