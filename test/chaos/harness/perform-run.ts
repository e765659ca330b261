/** Submits one run as its work says, does to it what was planned, and waits for its end. */
import { setTimeout as sleep } from "node:timers/promises";
import { cancelTask, cancelWorkflow, getWorkflow, submitWorkflow, type Workflow } from "@drover/contracts";
import { runFaults } from "../oracle/run-faults.ts";
import type { RunWork } from "../program/run-work.ts";
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
  if (operation.kind !== "none") await sleep(operation.afterMs);
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
  const run = await insist(() => client.waitForWorkflow(id, { signal }), signal);
  for (const fault of runFaults(work, run, { cancelAcknowledged }))
    context.fault(work.index, `${id}: ${fault}`);
  return { kind: "run", work, run };
}

/** Does nothing where the step has no task yet. */
async function cancelStep({ client, signal }: LaneContext, id: string, stepId: string): Promise<void> {
  const params = { workflow_id: id };
  const run: Workflow = await insist(() => client.call(getWorkflow, { params, signal }), signal);
  const taskId = run.steps.find((step) => step.step_id === stepId)?.task_id;
  if (taskId === undefined) return;
  await refusalOf(() => client.call(cancelTask, { params: { task_id: taskId }, signal }), signal);
}
