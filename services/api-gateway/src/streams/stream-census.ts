/** How many event streams each principal holds open on this replica, and no more than its share. */
import { DroverError } from "@drover/errors";
import type { GatewayMetrics } from "../gateway-metrics.ts";

export type Transport = "sse" | "websocket";

export class StreamCensus {
  readonly #open = new Map<string, number>();
  readonly #max: number;
  readonly #metrics: GatewayMetrics;

  /** @param max open streams of one principal */
  constructor(max: number, metrics: GatewayMetrics) {
    this.#max = max;
    this.#metrics = metrics;
  }

  /**
   * Counts a stream until it is disposed.
   * @throws DroverError rate_limited when the principal holds as many as it may
   */
  enter(principalId: string, transport: Transport): Disposable {
    const open = this.#open.get(principalId) ?? 0;
    if (open >= this.#max) {
      throw new DroverError("rate_limited", {
        detail: `At most ${this.#max} event streams can be open at once.`,
        retryAfterMs: 5_000,
      });
    }
    this.#open.set(principalId, open + 1);
    this.#metrics.streams.inc({ transport });
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        const rest = (this.#open.get(principalId) ?? 1) - 1;
        if (rest === 0) this.#open.delete(principalId);
        else this.#open.set(principalId, rest);
        this.#metrics.streams.dec({ transport });
      },
    };
  }
}
