/** Waiting that ends when the task is aborted. */
import {
  CancelledFailure,
  CapacityFailure,
  PermanentFailure,
  RetryableFailure,
  type TaskFailure,
} from "@drover/errors";

/** Why the signal was aborted, as a failure: the one it was aborted with, else a cancellation. */
function abortFailure(signal: AbortSignal): TaskFailure {
  const reason: unknown = signal.reason;
  if (
    reason instanceof CancelledFailure ||
    reason instanceof CapacityFailure ||
    reason instanceof RetryableFailure ||
    reason instanceof PermanentFailure
  )
    return reason;
  return new CancelledFailure("The task was aborted.", { cause: reason });
}

/** @throws the abort's failure when it already is aborted */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortFailure(signal);
}

/**
 * The outcome of `work`, or a rejection with the abort's failure as soon as the signal aborts.
 * @param late given what `work` brings after all, when nobody waits for it any more
 */
export function untilAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  late: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      work.then(late, () => undefined);
      reject(abortFailure(signal));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const done = () => signal.removeEventListener("abort", onAbort);
    work.then(
      (value) => {
        done();
        if (!signal.aborted) resolve(value);
      },
      (error: unknown) => {
        done();
        reject(signal.aborted ? abortFailure(signal) : error);
      },
    );
  });
}
