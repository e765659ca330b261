/** A task on its own, what must come of it, and what somebody does to it while it runs. */
import type { TaskSubmission } from "@drover/contracts";
import { badCalls, diagnosticsCall, goodCalls, type Outcome } from "./diagnostics-call.ts";
import type { SeededRandom } from "./seeded-random.ts";

type TaskOperation =
  | { readonly kind: "none" }
  | { readonly kind: "cancel"; readonly afterMs: number }
  /** Sends the submission again under its key: it must answer the same task. */
  | { readonly kind: "repeat"; readonly afterMs: number }
  /** Redrives its dead letter. */
  | { readonly kind: "redrive" };

export interface TaskWork {
  readonly kind: "task";
  readonly index: number;
  readonly submission: TaskSubmission;
  readonly outcome: Outcome;
  readonly operation: TaskOperation;
}

const calls = { ...goodCalls, ...badCalls, failsOnce: 0.7 };

export function taskWork(random: SeededRandom, index: number, organizationId: string): TaskWork {
  const kind = random.weighted(calls);
  const call = diagnosticsCall(random, kind);
  return {
    kind: "task",
    index,
    submission: {
      type: "diagnostics",
      payload: { action: call.action, ...call.parameters },
      organization_id: organizationId,
      priority: random.pick(["urgent", "normal", "normal", "batch"] as const),
      max_attempts: call.maxAttempts,
      timeout_seconds: call.timeoutSeconds,
      labels: { chaos: String(index) },
      ...(random.chance(0.3) ? { workspace_id: `ws-${random.integer(1, 4)}` } : {}),
      ...(random.chance(0.1) ? { delay_seconds: random.integer(1, 3) } : {}),
    },
    outcome: call.outcome,
    operation: kind === "failsOnce" ? { kind: "redrive" } : operation(random),
  };
}

function operation(random: SeededRandom): TaskOperation {
  const afterMs = random.integer(0, 800);
  const kind = random.weighted({ none: 8, cancel: 1, repeat: 1 });
  return kind === "none" ? { kind } : { kind, afterMs };
}
