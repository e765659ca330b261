/** Exponential backoff with full jitter and a cap: retries of many tasks spread out, and none waits for ever. */
import { type Backoff, defaultBackoff } from "@drover/contracts";

/**
 * @param attempt the attempt that failed, from 1
 * @param random from 0 to 1
 * @returns milliseconds to wait, uniformly from nothing to the exponential bound
 */
export function backoffMs(
  attempt: number,
  backoff: Backoff = defaultBackoff,
  random = Math.random(),
): number {
  const bound = backoff.initial_ms * backoff.factor ** Math.min(attempt - 1, 60);
  return random * Math.min(backoff.cap_ms, bound);
}
