/** Polls until something holds: how a test waits, instead of sleeping and hoping. */
import { setTimeout as sleep } from "node:timers/promises";

export interface EventuallyOptions {
  /** Default: 5,000. */
  readonly deadlineMs?: number;
  /** Pause between two checks. Default: 20. */
  readonly intervalMs?: number;
}

/**
 * Calls `check` until it neither throws nor answers `false`, and returns what it answered. A check that hangs counts as
 * one that does not hold.
 * @throws Error with the last error of `check` as its cause
 */
export async function eventually<T>(
  check: () => T | false | Promise<T | false>,
  options: EventuallyOptions = {},
): Promise<T> {
  const { deadlineMs = 5_000, intervalMs = 20 } = options;
  const endMs = Date.now() + deadlineMs;
  const timer = new AbortController();
  const expired = sleep(deadlineMs, null, { signal: timer.signal }).catch(() => null);
  let fault: unknown = new Error("the check gave no answer");
  try {
    do {
      const outcome = await Promise.race([attempt(check), expired]);
      if (outcome === null) break;
      if ("answer" in outcome) return outcome.answer;
      fault = outcome.fault;
      await sleep(intervalMs);
    } while (Date.now() < endMs);
  } finally {
    timer.abort();
  }
  const message = fault instanceof Error ? fault.message : String(fault);
  throw new Error(`Not so within ${deadlineMs} ms: ${message}`, { cause: fault });
}

async function attempt<T>(
  check: () => T | false | Promise<T | false>,
): Promise<{ answer: T } | { fault: unknown }> {
  try {
    const answer = await check();
    return answer === false ? { fault: new Error("the check answered false") } : { answer };
  } catch (fault) {
    return { fault };
  }
}
