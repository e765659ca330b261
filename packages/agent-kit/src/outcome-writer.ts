/**
 * Writes what came of an attempt, and does not give up for a Redis that fails in that very moment: the work is done, and
 * only the write has to be done again. Every such write may happen twice, since it carries the epoch of its claim.
 */
import type { Logger } from "@drover/observability";
import {
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";

/** After this the attempt counts as lost, and the next delivery of the job runs another. */
const deadlineMs = 10 * 60_000;

/** What Redis answers when it cannot write now and may be able to soon. */
const passing =
  /^(?:LOADING|READONLY|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|MASTER|NOREPLICAS|OOM|MISCONF|UNKILLABLE)\b/;

export class OutcomeWriter {
  readonly #policy: IPolicy;

  constructor(logger: Logger) {
    const again = retry(handleWhen(isPassing), {
      maxAttempts: Number.MAX_SAFE_INTEGER,
      backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 2_000 }),
    });
    again.onRetry((event) => {
      logger.warn(
        { ...("error" in event ? { err: event.error } : {}) },
        "an outcome could not be written; again",
      );
    });
    this.#policy = wrap(timeout(deadlineMs, TimeoutStrategy.Aggressive), again);
  }

  /** @throws what `write` throws that will not pass, or that has not passed within ten minutes */
  async write<T>(write: () => Promise<T>): Promise<T> {
    try {
      // Nearly always it goes well, and a policy costs more than the write.
      return await write();
    } catch (error) {
      if (!(error instanceof Error) || !isPassing(error)) throw error;
    }
    return await this.#policy.execute(() => write());
  }
}

/** Whether trying again can help: the connection is broken, or Redis says that it cannot now. */
export function isPassing(error: Error): boolean {
  if (error.name === "ReplyError") return passing.test(error.message);
  return error.name !== "ZodError" && !(error instanceof TypeError);
}
