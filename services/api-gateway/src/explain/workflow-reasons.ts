/** Why a run is where it is, and its steps: those with a task from the task, the others from what they depend on. */
import { isFinal, type StepResult, type WhyReason, type Workflow } from "@drover/contracts";
import type { RunRow } from "@drover/workflow";
import type { Services } from "../services.ts";
import { type AgentReasons, agentReasons } from "./agent-reasons.ts";
import { taskReasons } from "./task-reasons.ts";

const stepsMax = 100;
const ended: readonly string[] = ["completed", "failed", "cancelled", "skipped"];

export interface ExplainedStep {
  readonly step_id: string;
  readonly status: StepResult["status"];
  readonly task_id?: string;
  readonly reasons: WhyReason[];
}

export function workflowReasons({ status, id }: Workflow, row: RunRow): WhyReason[] {
  if (isFinal(status)) return [{ code: "final", message: `It has ended: ${status}.` }];
  if (row.halted !== "") {
    const message =
      row.halted === "cancelled" ? "It is being cancelled." : "A step failed: nothing starts any more.";
    return [{ code: "workflow_halted", message, ref: id }];
  }
  if (row.paused !== undefined) {
    const by = row.paused_by;
    const message = `${by ?? "Someone"} paused it.`;
    const whose = by === undefined ? {} : { by };
    return [{ code: "workflow_paused", message, ref: id, since: row.paused, ...whose }];
  }
  if (status === "pending")
    return [{ code: "workflow_pending", message: "No orchestrator has begun it yet.", ref: id }];
  return [{ code: "running", message: "Its steps are under way." }];
}

/** The first hundred that have not ended, and how many there are. */
export async function stepReasons(services: Services, run: Workflow, ofRun: readonly WhyReason[]) {
  const open = isFinal(run.status) ? [] : run.steps.filter((step) => !ended.includes(step.status));
  const statusOf = new Map(run.steps.map((step) => [step.step_id, step.status]));
  const known = new Map<string, Promise<WhyReason[]>>();
  // Many steps are of one agent: what holds for it is asked once.
  const ofAgent: AgentReasons = (name) => {
    const reasons = known.get(name) ?? agentReasons(services, name);
    known.set(name, reasons);
    return reasons;
  };
  const holds = ofRun.filter(({ code }) => code !== "running");
  const steps = await Promise.all(
    open.slice(0, stepsMax).map(async (step): Promise<ExplainedStep> => {
      const { step_id, status, task_id } = step;
      const ofTask = task_id === undefined ? null : await reasonsOfTask(services, task_id, ofAgent);
      const reasons = ofTask ?? withoutTask(step, statusOf, holds);
      return { step_id, status, ...(task_id === undefined ? {} : { task_id }), reasons };
    }),
  );
  return { steps, count: open.length };
}

async function reasonsOfTask(services: Services, taskId: string, ofAgent: AgentReasons) {
  const located = await services.tasks.locate(taskId);
  return located === null || isFinal(located.row.status)
    ? null
    : await taskReasons(services, located, ofAgent);
}

function withoutTask(
  step: StepResult,
  statusOf: ReadonlyMap<string, string>,
  ofRun: readonly WhyReason[],
): WhyReason[] {
  if (step.items !== undefined) {
    const { total, completed, failed } = step.items;
    const message = `${completed + failed} of its ${total} items have ended.`;
    return [{ code: "running", message, count: completed + failed, limit: total }];
  }
  const reasons: WhyReason[] = [...ofRun];
  for (const ref of step.depends_on) {
    const status = statusOf.get(ref) ?? "pending";
    if (step.status === "blocked" && !["completed", "skipped"].includes(status)) {
      reasons.push({ code: "blocked_by_step", message: `It depends on ${ref}, which is ${status}.`, ref });
    } else if (!ended.includes(status)) {
      reasons.push({ code: "waiting_for_step", message: `It depends on ${ref}, which is ${status}.`, ref });
    }
  }
  // All that it depends on has ended: the run starts it at this moment.
  if (reasons.length === 0) reasons.push({ code: "workflow_pending", message: "It is about to start." });
  return reasons;
}
