/** Waits until a server that was just started answers. */
import { setTimeout as delay } from "node:timers/promises";
import { isHealthy } from "./health-probe.ts";
import type { Instance } from "./instance-runtime.ts";

/** How long a start may take. */
export const startDeadlineMs = 45_000;
const probePauseMs = 100;
const probeDeadlineMs = 2_000;

/**
 * Null once it answers, else a sentence that says why it does not.
 * @param deadline milliseconds since the epoch
 */
export async function untilHealthy(
  instance: Instance,
  deadline: number,
  signal: AbortSignal,
): Promise<string | null> {
  while (Date.now() < deadline && !signal.aborted) {
    const outcome = await Promise.race([
      instance.exited,
      isHealthy(instance, probeDeadlineMs).then((healthy) => (healthy ? "healthy" : null)),
    ]);
    if (outcome === "healthy") return null;
    if (outcome !== null) return outcome;
    await delay(probePauseMs);
  }
  if (signal.aborted) return "the worker is stopping";
  return `it did not answer within ${startDeadlineMs / 1000} seconds`;
}
