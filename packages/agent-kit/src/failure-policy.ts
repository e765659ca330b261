/**
 * What becomes of a task whose attempt failed: the one place where a class of failure is turned into what the queue does.
 *
 * It decides and does nothing: no clock, no chance, no Redis of its own.
 */
import type { Backoff } from "@drover/contracts";
import {
  CancelledFailure,
  CapacityFailure,
  PermanentFailure,
  RetryableFailure,
  type TaskFailure,
} from "@drover/errors";
import { backoffMs } from "@drover/queue";

export interface FailedAttempt {
  readonly failure: TaskFailure;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly nowMs: number;
  /** When its time as a whole is over; null: no limit. */
  readonly endsByMs: number | null;
  /** From 0 to 1: spreads out what would otherwise come back at once. */
  readonly random: number;
}

export type Verdict =
  /** Again at this time; the attempt is spent. */
  | { readonly kind: "retry"; readonly untilMs: number }
  /** Again at this time, when there may be room; no attempt is spent. */
  | { readonly kind: "park"; readonly untilMs: number }
  /** For good, by this failure. */
  | { readonly kind: "fail"; readonly failure: TaskFailure }
  | { readonly kind: "cancel" };

/** Nobody is told to stay away longer than this, whatever a provider asks for, in milliseconds. */
export const retryAfterMsMax = 3_600_000;
/** Nor to come back sooner: a task that finds no room must not spin. */
const capacityMsMin = 100;
/** How much longer than asked for a wait may be, as a part of it. */
const spread = 0.2;

export function verdictOn(attempt: FailedAttempt): Verdict {
  const { failure } = attempt;
  if (failure instanceof CancelledFailure) return { kind: "cancel" };
  if (failure instanceof CapacityFailure) {
    const askedMs = Math.max(capacityMsMin, failure.retryAfterMs);
    return again(attempt, "park", asAsked(askedMs, attempt.random));
  }
  if (failure instanceof RetryableFailure && attempt.attempt < attempt.maxAttempts) {
    const { retryAfterMs } = failure;
    const delayMs =
      retryAfterMs === undefined
        ? backoffMs(attempt.attempt, attempt.backoff, attempt.random)
        : asAsked(retryAfterMs, attempt.random);
    return again(attempt, "retry", delayMs);
  }
  return { kind: "fail", failure };
}

/** Never sooner than asked for, and not all at once. */
function asAsked(askedMs: number, random: number): number {
  return Math.min(askedMs, retryAfterMsMax) * (1 + spread * random);
}

/** What would begin after the task's time is over ends now: waiting for that helps nobody. */
function again(
  { failure, nowMs, endsByMs }: FailedAttempt,
  kind: "retry" | "park",
  delayMs: number,
): Verdict {
  const untilMs = Math.round(nowMs + delayMs);
  if (endsByMs === null || untilMs < endsByMs) return { kind, untilMs };
  const message = `Its time would be over before it could be tried again; the last failure was ${failure.code}: ${failure.message}`;
  return { kind: "fail", failure: new PermanentFailure("total_timed_out", message, { cause: failure }) };
}
