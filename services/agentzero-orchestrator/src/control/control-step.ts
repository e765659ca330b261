/**
 * A control step: it waits instead of working, and holds no worker meanwhile. One implementation for each of its kinds.
 *
 * It is called when its task is claimed: the first time, and again each time that it may have come to an end. What it waits
 * for is in the ledger, so that it makes no difference which orchestrator calls it, or how often.
 */
import type { TaskResult } from "@drover/contracts";
import type { TaskClaim, WaitsFor } from "@drover/queue";
import type { KnownRun } from "@drover/workflow";

export interface ControlTask {
  readonly claim: TaskClaim;
  readonly run: KnownRun;
  /** The instance of the step, e.g. `release` or `release[3]`. */
  readonly instance: string;
  /** The step's parameters with their expressions answered, not checked yet. */
  readonly parameters: unknown;
  /** How often the task has been opened again after its end: each life waits anew. */
  readonly redo: number;
  /** What it waited for in this life; null: it has not waited yet. */
  readonly waitsFor: WaitsFor | null;
}

export type ControlOutcome =
  | { readonly kind: "completed"; readonly result: TaskResult }
  | { readonly kind: "cancelled" }
  /** The ledger says what it waits for; it is looked at again at this time, or when somebody wakes it. */
  | { readonly kind: "waiting"; readonly untilMs: number }
  /** The task has another holder or has ended: nothing was written. */
  | { readonly kind: "stale" };

export interface ControlStep {
  /** The step's `task`. */
  readonly action: string;
  /** @throws PermanentFailure, which is how the step fails; anything else is trouble, and it is called again */
  advance(task: ControlTask): Promise<ControlOutcome>;
}

/** What a control step answers with: it makes no artifacts. */
export function answerOf(output: unknown): TaskResult {
  return { output, artifacts: [] };
}
