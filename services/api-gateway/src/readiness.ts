/** Whether the gateway can serve now, and if not, why. */
import type { Store } from "@drover/queue";

const pingDeadlineMs = 1_000;

export class Readiness {
  readonly #store: Store;
  readonly #stopping: AbortSignal;
  readonly #holds = new Set<{ readonly reason: string }>();

  constructor(store: Store, stopping: AbortSignal) {
    this.#store = store;
    this.#stopping = stopping;
  }

  /** The gateway is not ready, for this reason, until the hold is disposed. */
  hold(reason: string): Disposable {
    const hold = { reason };
    this.#holds.add(hold);
    return { [Symbol.dispose]: () => void this.#holds.delete(hold) };
  }

  /** Empty when it can serve. */
  async reasons(): Promise<string[]> {
    if (this.#stopping.aborted) return ["The gateway is stopping."];
    const answers = await this.#store.ping(pingDeadlineMs).then(
      () => true,
      () => false,
    );
    const held = [...this.#holds].map(({ reason }) => reason);
    return answers ? held : ["Redis does not answer.", ...held];
  }
}
