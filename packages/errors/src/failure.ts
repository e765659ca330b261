/**
 * How a task's attempt can fail. The class says what the queue does, so an agent decides by what it throws:
 *
 * - `PermanentFailure`: trying again cannot help; the task fails now.
 * - `RetryableFailure`: spends an attempt and is tried again after a backoff (or after `retryAfterMs`).
 * - `CapacityFailure`: nothing is wrong but there is no room; waits `retryAfterMs` and spends no attempt.
 * - `CancelledFailure`: someone asked for the end; the task is cancelled.
 *
 * Anything else that is thrown counts as retryable.
 */
import type { ErrorCode } from "./catalogue.ts";

export interface FailureOptions {
  cause?: unknown;
}

abstract class Failure extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
  }
}

export class PermanentFailure extends Failure {
  override readonly name = "PermanentFailure";
}

export class RetryableFailure extends Failure {
  override readonly name = "RetryableFailure";
  /** Wait at least this long, in milliseconds; absent: the backoff decides. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: FailureOptions & { retryAfterMs?: number } = {}) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

export class CapacityFailure extends Failure {
  override readonly name = "CapacityFailure";
  /** When room is expected, in milliseconds from now. */
  readonly retryAfterMs: number;

  constructor(code: ErrorCode, message: string, options: FailureOptions & { retryAfterMs: number }) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

export class CancelledFailure extends Failure {
  override readonly name = "CancelledFailure";

  constructor(message = "The task was cancelled.", options: FailureOptions = {}) {
    super("cancelled", message, options);
  }
}

export type TaskFailure = PermanentFailure | RetryableFailure | CapacityFailure | CancelledFailure;

/** Whether it has a class already. */
export function isTaskFailure(thrown: unknown): thrown is TaskFailure {
  return (
    thrown instanceof PermanentFailure ||
    thrown instanceof RetryableFailure ||
    thrown instanceof CapacityFailure ||
    thrown instanceof CancelledFailure
  );
}

/** Turns whatever was thrown into a failure with a class; the cause is kept. */
export function toFailure(thrown: unknown): TaskFailure {
  if (isTaskFailure(thrown)) return thrown;
  return new RetryableFailure("agent_failed", toError(thrown).message, { cause: thrown });
}

/** An `Error` for whatever was thrown. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
