/** Compares a run that has ended with what its program says it must come to. */
import { isDeepStrictEqual } from "node:util";
import type { StepStatus, Workflow, WorkflowStatus } from "@drover/contracts";
import type { RunWork } from "../program/run-work.ts";
import type { StepPlan } from "../program/step-plan.ts";
import { expectedRun } from "./expected-run.ts";

export interface RunFacts {
  /** Whether the cancel of the run was acknowledged. */
  readonly cancelAcknowledged: boolean;
  /** Steps that had failed before the run was retried: what fails once does not fail again. */
  readonly failedBefore: ReadonlySet<string>;
}

export function runFaults(work: RunWork, run: Workflow, facts: RunFacts): string[] {
  const seen = new Map(run.steps.map((step) => [step.step_id, step.status]));
  const faults = valueFaults(work, run);
  if (facts.cancelAcknowledged && run.status !== "cancelled")
    faults.push(`its cancel was acknowledged, and it is ${run.status}`);
  const endsOf = ({ step, ends }: StepPlan) =>
    ends.length > 1 && facts.failedBefore.has(step.id) ? (["completed"] as const) : ends;
  const stopped = work.operation.kind === "cancel" || work.definition.on_failure === "fail_fast";
  faults.push(
    ...(stopped ? stoppedFaults(work, run.status, seen) : plainFaults(work, run.status, seen, endsOf)),
  );
  return faults;
}

type Seen = ReadonlyMap<string, StepStatus>;

function plainFaults(
  { plan, operation }: RunWork,
  status: WorkflowStatus,
  seen: Seen,
  endsOf: (plan: StepPlan) => StepPlan["ends"],
): string[] {
  const allowed = operation.kind === "cancelStep" ? operation.stepId : null;
  const unasked = [...seen].filter(([step, is]) => is === "cancelled" && step !== allowed);
  const expected = expectedRun(plan, seen, endsOf);
  return [
    ...unasked.map(([step]) => `nobody cancelled ${step}`),
    ...[...expected.steps].flatMap(([step, right]) => {
      const is = seen.get(step);
      return is === right ? [] : [`step ${step} is ${is}, not ${right}`];
    }),
    ...(status === expected.status ? [] : [`the run is ${status}, not ${expected.status}`]),
  ];
}

/** Where it was stopped in the middle, each step is what it would be, or was stopped, or had no turn. */
function stoppedFaults({ plan, operation }: RunWork, status: WorkflowStatus, seen: Seen): string[] {
  const stepFaults = plan.flatMap(({ step, ends }) => {
    const is = seen.get(step.id);
    // One that failed, and whose fallback had no turn any more, may be called either.
    const own = step.fallback === undefined ? [] : (["failed"] as const);
    const right = new Set<StepStatus | undefined>([...ends, ...own, "cancelled", "blocked"]);
    return right.has(is) ? [] : [`step ${step.id} is ${is}`];
  });
  const none = new Map<string, StepStatus>();
  const ends = new Set([
    expectedRun(plan, none).status,
    expectedRun(plan, none, (one) => one.ends.slice(-1)).status,
    // Where a step was cancelled before anything failed, nothing stopped the run.
    ...(operation.kind === "cancelStep" ? [expectedRun(plan, seen).status] : []),
    ...(operation.kind === "cancel" || operation.kind === "cancelStep" ? ["cancelled"] : []),
  ]);
  return ends.has(status)
    ? stepFaults
    : [...stepFaults, `the run is ${status}, not ${[...ends].join(" or ")}`];
}

/** Whatever became of the run: what completed holds its own value, and the result holds that and no more. */
function valueFaults(work: RunWork, run: Workflow): string[] {
  const faults: string[] = [];
  const composed = run.result?.output ?? {};
  const outputs = new Map(work.plan.map(({ step, output }) => [step.id, output]));
  for (const step of run.steps) {
    const right = step.status === "completed" ? outputs.get(step.step_id) : null;
    if (right === undefined) continue;
    const answered = step.output ?? null;
    // A step that fanned out and failed still tells what its items answered.
    if (step.status !== "failed" && !isDeepStrictEqual(answered, right))
      faults.push(`${step.step_id} answered ${JSON.stringify(answered)}, not ${JSON.stringify(right)}`);
    const result = composed[step.step_id] ?? null;
    if (run.result !== null && step.status === "completed" && !isDeepStrictEqual(result, right))
      faults.push(
        `the result has ${JSON.stringify(result)} for ${step.step_id}, not ${JSON.stringify(right)}`,
      );
  }
  if (run.result === null && run.status === "completed") faults.push("it completed without a result");
  if (run.steps.length !== work.plan.length)
    faults.push(`it has ${run.steps.length} steps, not ${work.plan.length}`);
  return faults;
}
