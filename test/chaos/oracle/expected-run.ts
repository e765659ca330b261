/** What a run must come to, given what was left to chance: cancels, and failures that a kill can hide. */
import type { StepStatus, WorkflowStatus } from "@drover/contracts";
import type { StepEnd, StepPlan } from "../program/step-plan.ts";

export interface ExpectedRun {
  readonly steps: ReadonlyMap<string, StepStatus>;
  readonly status: WorkflowStatus;
}

/** @param seen what steps were seen to be; it decides only where more than one end is right, and for cancelled ones */
export function expectedRun(
  plan: readonly StepPlan[],
  seen: ReadonlyMap<string, StepStatus>,
  endsOf: (plan: StepPlan) => readonly StepEnd[] = ({ ends }) => ends,
): ExpectedRun {
  const steps = new Map<string, StepStatus>();
  const passed = new Set<string>();
  for (const one of plan) {
    const { step } = one;
    const ready = (step.depends_on ?? []).every((id) => passed.has(id));
    const status = ready ? endOf(endsOf(one), seen.get(step.id)) : "blocked";
    steps.set(step.id, status);
    if (passes(one, status)) passed.add(step.id);
  }
  return { steps, status: verdict(plan, steps, passed) };
}

/** Whether what depends on a step that ended so has its turn. */
function passes({ step }: StepPlan, status: string): boolean {
  if (status === "completed" || status === "skipped") return true;
  return status === "failed" && step.continue_on_error === true;
}

function endOf(ends: readonly StepEnd[], seen: StepStatus | undefined): StepStatus {
  if (seen === "cancelled") return "cancelled";
  const [first = "completed"] = ends;
  return ends.find((end) => end === seen) ?? first;
}

function verdict(
  plan: readonly StepPlan[],
  steps: ReadonlyMap<string, StepStatus>,
  passed: ReadonlySet<string>,
): WorkflowStatus {
  if (plan.every(({ step }) => passed.has(step.id))) return "completed";
  const statuses = [...steps.values()];
  return !statuses.includes("failed") && statuses.includes("cancelled") ? "cancelled" : "failed";
}
