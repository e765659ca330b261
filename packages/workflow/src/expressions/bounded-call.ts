/**
 * Ends a computation that takes too long, though it runs on this thread: an expression may loop within loops, or match a
 * pattern that backtracks for hours. A script context is the one place where Node can interrupt; the script is a constant
 * and only calls us back.
 */
import { createContext, Script } from "node:vm";

/** Processor time that one evaluation may take, in milliseconds. Memory is bounded by it, too: filling it takes time. */
export const evaluationMsMax = 250;

/** A call that ran out of time without having had the processor is made again, with twice the time; so often at most. */
const againMax = 6;
/** Of the time that it may take, what it must have had of the processor to count as slow. */
const hadShare = 0.8;

export class OutOfTime extends Error {}

let pending: () => unknown = () => undefined;
const context = createContext({ call: () => pending() });
const script = new Script("call()");

/**
 * Calls `compute`, which has no side effects.
 * @throws OutOfTime after {@link evaluationMsMax}, and whatever `compute` throws
 */
export function boundedCall(compute: () => unknown): unknown {
  for (let again = 0; again < againMax; again += 1) {
    const before = process.cpuUsage();
    pending = compute;
    try {
      return script.runInContext(context, { timeout: evaluationMsMax * 2 ** again });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      // A process that was stopped, or a machine that is busy, is not the expression's fault.
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 >= evaluationMsMax * hadShare) break;
    } finally {
      pending = () => undefined;
    }
  }
  throw new OutOfTime(`takes more than ${evaluationMsMax} ms`);
}

/** By its code: the error may come from the other context, whose `Error` is not ours. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
