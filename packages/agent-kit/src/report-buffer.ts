/**
 * Sends an agent's progress to the ledger without ever holding the agent up: in order, one write at a time, bounded. When
 * the ledger is slow, what does not fit is counted and said, not kept.
 */
import type { Payload } from "@drover/contracts";
import type { Logger } from "@drover/observability";
import type { TaskClaim } from "@drover/queue";

const queuedMax = 1_000;
/** An event larger than this is cut: events are for following, results hold the whole. */
const dataBytesMax = 16 * 1024;

export class ReportBuffer {
  readonly #claim: TaskClaim;
  readonly #logger: Logger;
  readonly #onStale: () => void;
  #last: Promise<void> = Promise.resolve();
  #queued = 0;
  #dropped = 0;

  constructor(claim: TaskClaim, logger: Logger, onStale: () => void) {
    this.#claim = claim;
    this.#logger = logger;
    this.#onStale = onStale;
  }

  add(what: "progress" | "output", data: Payload): void {
    if (this.#queued >= queuedMax) {
      this.#dropped += 1;
      return;
    }
    this.#queued += 1;
    this.#last = this.#last.then(() => this.#send(what, data));
  }

  /** Waits until everything is written, at most `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#last, late]);
    clearTimeout(timer);
    if (this.#dropped > 0)
      this.#logger.warn({ dropped: this.#dropped }, "progress events were dropped: the ledger was too slow");
  }

  async #send(what: "progress" | "output", data: Payload): Promise<void> {
    try {
      if ((await this.#claim.report(what, cut(data))) === "stale") this.#onStale();
    } catch (error) {
      this.#dropped += 1;
      this.#logger.debug({ err: error }, "a progress event was not written");
    } finally {
      this.#queued -= 1;
    }
  }
}

function cut(data: Payload): Payload {
  const text = JSON.stringify(data);
  return text.length <= dataBytesMax ? data : { truncated: true, text: text.slice(0, dataBytesMax) };
}
