/**
 * The events of one instance, followed for as long as a task runs. The stream has no replay: after a lost connection it is
 * opened anew, and whoever follows must read again what may have been missed.
 */
import { setTimeout as delay } from "node:timers/promises";
import { RetryableFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Event } from "@opencode-ai/sdk/v2";
import type { Instance } from "../instance/instance-runtime.ts";
import { linkedAbort } from "../waiting/linked-abort.ts";

export interface EventFollower {
  onEvent(event: Event): void;
  /** The connection is back; events may be missing. */
  onReconnect(): void;
}

const openDeadlineMs = 15_000;
/** The server sends a heartbeat every ten seconds. */
const silenceMaxMs = 25_000;
const reconnectPauseMs = 300;

export class EventFeed implements AsyncDisposable {
  readonly #instance: Instance;
  readonly #follower: EventFollower;
  readonly #logger: Logger;
  readonly #closed = new AbortController();
  #connections = 0;
  #opened: () => void = () => {};
  #loop: Promise<void> = Promise.resolve();

  private constructor(instance: Instance, follower: EventFollower, logger: Logger) {
    this.#instance = instance;
    this.#follower = follower;
    this.#logger = logger;
  }

  /**
   * Connects, and answers when the server has confirmed: nothing that happens from then on is missed.
   * @throws RetryableFailure `instance_failed` when it does not confirm in time
   */
  static async open(instance: Instance, follower: EventFollower, logger: Logger): Promise<EventFeed> {
    const feed = new EventFeed(instance, follower, logger);
    const opened = new Promise<"opened">((resolve) => {
      feed.#opened = () => resolve("opened");
    });
    feed.#loop = feed.#follow();
    const timer = new AbortController();
    const outcome = await Promise.race([
      opened,
      delay(openDeadlineMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const),
      instance.exited.then(() => "exited" as const),
    ]);
    timer.abort();
    if (outcome === "opened") return feed;
    await feed[Symbol.asyncDispose]();
    throw new RetryableFailure("instance_failed", "The OpenCode instance gave no stream of events.");
  }

  async #follow(): Promise<void> {
    while (!this.#closed.signal.aborted && this.#instance.alive) {
      const connection = linkedAbort(this.#closed.signal);
      const timer = setTimeout(() => connection.abort(), silenceMaxMs);
      timer.unref();
      try {
        const { stream } = await this.#instance.client.event.subscribe(
          {},
          { signal: connection.signal, sseMaxRetryAttempts: 1 },
        );
        for await (const event of stream) {
          timer.refresh();
          this.#take(event);
        }
      } catch (error) {
        this.#logger.debug({ err: toError(error) }, "the event stream of an instance broke off");
      } finally {
        clearTimeout(timer);
        connection[Symbol.dispose]();
      }
      await delay(reconnectPauseMs, undefined, { signal: this.#closed.signal }).catch(() => undefined);
    }
  }

  #take(event: Event): void {
    if (this.#closed.signal.aborted) return;
    if (event.type === "server.connected") {
      this.#connections += 1;
      if (this.#connections === 1) this.#opened();
      else this.#follower.onReconnect();
    }
    this.#follower.onEvent(event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#loop;
  }
}
