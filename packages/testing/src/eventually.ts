/** Polls until something holds: how a test waits, instead of sleeping and hoping. */
import { setTimeout as sleep } from "node:timers/promises";

export interface EventuallyOptions {
  /** No new check begins after this. Default: 5,000. */
  readonly deadlineMs?: number;
  /** Pause between two checks. Default: 20. */
  readonly intervalMs?: number;
  /** How long one check may take: on a busy machine the first may well outlast a short deadline. Default: 10,000. */
  readonly checkDeadlineMs?: number;
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
  const { deadlineMs = 5_000, intervalMs = 20, checkDeadlineMs = 10_000 } = options;
  const endMs = Date.now() + deadlineMs;
  let fault: unknown;
  do {
    const outcome = await inTime(attempt(check), checkDeadlineMs);
    if ("answer" in outcome) return outcome.answer;
    fault = outcome.fault;
    await sleep(intervalMs);
  } while (Date.now() < endMs);
  const message = fault instanceof Error ? fault.message : String(fault);
  throw new Error(`Not so within ${deadlineMs} ms: ${message}`, { cause: fault });
}

async function inTime<T>(outcome: Promise<T>, deadlineMs: number): Promise<T | { fault: unknown }> {
  const timer = new AbortController();
  const silence = { fault: new Error("the check gave no answer") };
  const expired = sleep(deadlineMs, silence, { signal: timer.signal }).catch(() => silence);
  try {
    return await Promise.race([outcome, expired]);
  } finally {
    timer.abort();
  }
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
