/**
 * Which failures say that an agent's means are away for everybody. What concerns one worker, one workspace or one task
 * (no free slot, a worker that stops, a broken instance) says nothing of the fleet.
 */
import type { ErrorCode } from "@drover/errors";
import { CapacityFailure, RetryableFailure, type TaskFailure } from "@drover/errors";

const local: ReadonlySet<ErrorCode> = new Set([
  "no_free_slot",
  "shutting_down",
  "agent_unavailable",
  "instance_unreachable",
  "workspace_model_failed",
]);
const away: ReadonlySet<ErrorCode> = new Set([
  "model_unavailable",
  "docker_unavailable",
  "kubernetes_unavailable",
]);

export function countsForCircuit(failure: TaskFailure): boolean {
  if (failure instanceof CapacityFailure) return !local.has(failure.code);
  return failure instanceof RetryableFailure && away.has(failure.code);
}

/** How long the means asked to be left alone, in milliseconds; 0 where they did not say. */
export function askedToWaitMs(failure: TaskFailure): number {
  if (failure instanceof CapacityFailure) return failure.retryAfterMs;
  return failure instanceof RetryableFailure ? (failure.retryAfterMs ?? 0) : 0;
}
