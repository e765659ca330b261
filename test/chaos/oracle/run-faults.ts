/** Compares a run that has ended with what its program says it must come to. */
import type { StepStatus, Workflow } from "@drover/contracts";
import type { RunWork } from "../program/run-work.ts";
import { expectedRun } from "./expected-run.ts";

export interface RunFacts {
  /** Whether the cancel of the run was acknowledged. */
  readonly cancelAcknowledged: boolean;
}

export function runFaults(work: RunWork, run: Workflow, facts: RunFacts): string[] {
  const standing = new Map(run.steps.map((step) => [step.step_id, step]));
  const stopped = work.operation.kind === "cancel" || work.definition.on_failure === "fail_fast";
  const cancelled = run.steps.filter((step) => step.status === "cancelled").map((step) => step.step_id);
  const faults = valueFaults(work, run);
  if (facts.cancelAcknowledged && run.status !== "cancelled")
    faults.push(`its cancel was acknowledged, and it is ${run.status}`);
  if (stopped) {
    const natural = expectedRun(work.plan, new Set());
    for (const { step } of work.plan) {
      const allowed = new Set<StepStatus | undefined>([natural.steps.get(step.id), "cancelled", "blocked"]);
      const status = standing.get(step.id)?.status;
      if (!allowed.has(status)) faults.push(`step ${step.id} is ${status}`);
    }
    const ends = work.operation.kind === "cancel" ? [natural.status, "cancelled"] : [natural.status];
    if (!ends.includes(run.status)) faults.push(`the run is ${run.status}, not ${ends.join(" or ")}`);
    return faults;
  }
  const allowed = work.operation.kind === "cancelStep" ? [work.operation.stepId] : [];
  const unasked = cancelled.filter((step) => !allowed.includes(step));
  if (unasked.length > 0) faults.push(`nobody cancelled ${unasked.join(", ")}`);
  const expected = expectedRun(work.plan, new Set(cancelled));
  for (const [step, status] of expected.steps) {
    const found = standing.get(step)?.status;
    if (found !== status) faults.push(`step ${step} is ${found}, not ${status}`);
  }
  if (run.status !== expected.status) faults.push(`the run is ${run.status}, not ${expected.status}`);
  return faults;
}

/** Whatever became of the run: what completed holds its own value, and the result holds that and no more. */
function valueFaults(work: RunWork, run: Workflow): string[] {
  const faults: string[] = [];
  const output = run.result?.output ?? {};
  if (run.result === null && run.status === "completed") faults.push("it completed without a result");
  const outcomes = new Map(work.plan.map(({ step, outcome }) => [step.id, outcome]));
  for (const step of run.steps) {
    const outcome = outcomes.get(step.step_id);
    const value = outcome === undefined || outcome.kind === "failure" ? undefined : outcome.value;
    const composed = output[step.step_id];
    if (step.status === "completed") {
      if (step.output !== value) faults.push(`${step.step_id} answered ${step.output}, not ${value}`);
      if (composed !== value) faults.push(`the result has ${composed} for ${step.step_id}, not ${value}`);
    } else if (composed !== undefined) {
      faults.push(`the result has an output of ${step.step_id}, which is ${step.status}`);
    }
  }
  if (run.steps.length !== work.plan.length)
    faults.push(`it has ${run.steps.length} steps, not ${work.plan.length}`);
  return faults;
}
