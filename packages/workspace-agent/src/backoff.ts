/** Pauses between tries that never end: exponential with full jitter, so that a thousand workspaces do not come back at once. */
import { setTimeout as sleep } from "node:timers/promises";

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

export class Backoff {
  readonly #limits: BackoffLimits;
  #tries = 0;

  constructor(limits: BackoffLimits) {
    this.#limits = limits;
  }

  /** It went well: the next pause is a short one. */
  reset(): void {
    this.#tries = 0;
  }

  /** Of the next pause, in milliseconds. */
  next(): number {
    const { firstMs, maxMs } = this.#limits;
    const most = Math.min(maxMs, firstMs * 2 ** Math.min(this.#tries, 30));
    this.#tries += 1;
    return Math.random() * most;
  }

  /** Pauses; ends early, without an error, when the signal aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    await sleep(this.next(), undefined, { signal }).catch(() => undefined);
  }
}
