/** Exponential backoff with full jitter and a cap: retries of many tasks spread out, and none waits for ever. */
const baseMs = 1_000;
const capMs = 5 * 60_000;

/**
 * @param attempt the attempt that failed, from 1
 * @returns milliseconds to wait, uniformly from nothing to the exponential bound
 */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 20));
}
