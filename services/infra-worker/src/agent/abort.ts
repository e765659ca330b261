/** Waiting and working that end when the task is aborted. */

/** The outcome of `work`, or a rejection with the signal's reason as soon as it aborts. */
export async function untilAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Calls `work` with a signal that aborts when `signal` does or when `deadlineMs` have passed. */
export async function withDeadline<T>(
  deadlineMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const limited = new AbortController();
  const onAbort = () => limited.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => limited.abort(new DeadlineError(deadlineMs)), deadlineMs);
  try {
    return await untilAbort(work(limited.signal), limited.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(deadlineMs: number) {
    super(`No answer within ${deadlineMs} ms.`);
  }
}

/** Never ends, but for an abort. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return untilAbort(new Promise<never>(() => {}), signal);
}
