/** What a run must come to, given which of its steps were seen to be cancelled. */
import type { StepStatus, WorkflowStatus } from "@drover/contracts";
import type { StepPlan } from "../program/run-work.ts";

export interface ExpectedRun {
  readonly steps: ReadonlyMap<string, StepStatus>;
  readonly status: WorkflowStatus;
}

/** @param cancelled steps that ended as cancelled; they hold up what depends on them */
export function expectedRun(plan: readonly StepPlan[], cancelled: ReadonlySet<string>): ExpectedRun {
  const steps = new Map<string, StepStatus>();
  const passed = new Set<string>();
  for (const { step, outcome } of plan) {
    const ready = (step.depends_on ?? []).every((id) => passed.has(id));
    const status = !ready
      ? "blocked"
      : cancelled.has(step.id)
        ? "cancelled"
        : outcome.kind === "failure"
          ? "failed"
          : "completed";
    steps.set(step.id, status);
    if (status === "completed" || (status === "failed" && step.continue_on_error === true))
      passed.add(step.id);
  }
  return { steps, status: verdict(plan, steps, passed) };
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
