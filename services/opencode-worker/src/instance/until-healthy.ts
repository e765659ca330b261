/** Waits until a server that was just started answers. */
import { setTimeout as delay } from "node:timers/promises";
import { isHealthy } from "./health-probe.ts";
import type { Instance } from "./instance-runtime.ts";

export interface HealthWait {
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly pauseMs: number;
  /** Given up when it aborts. */
  readonly signal: AbortSignal;
}

const probeDeadlineMs = 2_000;

/** Null once it answers, else a sentence that says why it does not. */
export async function untilHealthy(instance: Instance, wait: HealthWait): Promise<string | null> {
  const { until, pauseMs, signal } = wait;
  const startedMs = Date.now();
  while (Date.now() < until && !signal.aborted) {
    const outcome = await Promise.race([
      instance.exited,
      isHealthy(instance, probeDeadlineMs).then((healthy) => (healthy ? "healthy" : null)),
    ]);
    if (outcome === "healthy") return null;
    if (outcome !== null) return outcome;
    await delay(pauseMs);
  }
  if (signal.aborted) return "the worker is stopping";
  return `it did not answer within ${Math.round((Date.now() - startedMs) / 1000)} seconds`;
}
