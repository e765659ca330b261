/**
 * The stored events of tasks and runs: replayed from a cursor, then followed.
 *
 * A channel named like the stream says when it has grown; what counts is always read from the stream, so a lost message
 * delays an event by a few seconds and loses nothing.
 */
import { type Event, event, isFinal } from "@drover/contracts";
import type { RedisClient } from "./connection.ts";
import type { Shard, Subject } from "./shard.ts";
import type { Store } from "./store.ts";

const batchSize = 200;
/** How long a follower trusts the channel before it looks by itself. */
const lookAgainMs = 3_000;
/** How long a follower waits for the channel to be open; without it, it looks by itself. */
const openChannelMs = 1_000;

export interface FollowOptions {
  /** The event after which to begin; absent: from the first. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

interface Channel {
  readonly listeners: Set<() => void>;
  /** Settled when what is published from now on is heard. */
  readonly open: Promise<unknown>;
}

export class EventLog implements AsyncDisposable {
  readonly #store: Store;
  readonly #channels = new Map<string, Channel>();
  #subscriber: RedisClient | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Up to `limit` events after the cursor. */
  async read(shard: Shard, subject: Subject, after: string | undefined, limit = batchSize): Promise<Event[]> {
    const start = after === undefined ? "-" : `(${after}`;
    const entries = await this.#store.redis.xrange(shard.events(subject), start, "+", "COUNT", limit);
    return entries.map(([id, fields]) => toEvent(id, fields));
  }

  /** Replays, follows, and ends after the final event of the subject. */
  async *follow(shard: Shard, subject: Subject, options: FollowOptions): AsyncGenerator<Event, void, void> {
    let cursor = options.after;
    const wake = this.#listen(shard.events(subject));
    try {
      await wake.open();
      while (!options.signal.aborted) {
        const over = await this.#isOver(shard, subject);
        const events = await this.read(shard, subject, cursor);
        for (const next of events) {
          cursor = next.id;
          yield next;
          if (options.signal.aborted) return;
        }
        if (events.length === batchSize) continue;
        if (over) return;
        await wake.next(lookAgainMs, options.signal);
      }
    } finally {
      wake.stop();
    }
  }

  /** Returns when the subject is final, after `timeoutMs`, or on abort, whichever is first. */
  async waitFinal(shard: Shard, subject: Subject, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const wake = this.#listen(shard.events(subject));
    try {
      await wake.open();
      while (!signal.aborted && !(await this.#isOver(shard, subject))) {
        const leftMs = deadline - Date.now();
        if (leftMs <= 0) return;
        await wake.next(Math.min(leftMs, lookAgainMs), signal);
      }
    } finally {
      wake.stop();
    }
  }

  async #isOver(shard: Shard, subject: Subject): Promise<boolean> {
    const key = subject.kind === "task" ? shard.task(subject.id) : shard.run(subject.id);
    const [status = null, redo] = await this.#store.redis.hmget(key, "status", "redo");
    return status === null || (isFinal(status) && !redo);
  }

  #listen(name: string) {
    let heard = false;
    let resolve: (() => void) | undefined;
    const listener = () => {
      heard = true;
      resolve?.();
    };
    const channel = this.#join(name, listener);
    return {
      /** What is read after this and what is heard from then on leave no gap between them. */
      open: () => settledWithin(channel.open, openChannelMs),
      next: async (timeoutMs: number, signal: AbortSignal) => {
        if (!heard && !signal.aborted) {
          let timer: NodeJS.Timeout | undefined;
          await new Promise<void>((done) => {
            resolve = done;
            timer = setTimeout(done, timeoutMs);
            signal.addEventListener("abort", listener, { once: true });
          });
          clearTimeout(timer);
          signal.removeEventListener("abort", listener);
        }
        heard = false;
        resolve = undefined;
      },
      stop: () => {
        channel.listeners.delete(listener);
        if (channel.listeners.size > 0) return;
        this.#channels.delete(name);
        this.#connectSubscriber()
          .unsubscribe(name)
          .catch(() => undefined);
      },
    };
  }

  #join(name: string, listener: () => void): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      const open = this.#connectSubscriber()
        .subscribe(name)
        .catch(() => undefined);
      channel = { listeners: new Set(), open };
      this.#channels.set(name, channel);
    }
    channel.listeners.add(listener);
    return channel;
  }

  #connectSubscriber(): RedisClient {
    if (this.#subscriber === undefined) {
      this.#subscriber = this.#store.connect("worker");
      this.#subscriber.on("message", (name: string) => {
        for (const listener of this.#channels.get(name)?.listeners ?? []) listener();
      });
    }
    return this.#subscriber;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriber?.disconnect();
  }
}

/** Waits for `work`, at most `timeoutMs`. */
async function settledWithin(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((done) => {
    timer = setTimeout(done, timeoutMs);
  });
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}

function toEvent(id: string, fields: readonly string[]): Event {
  const named: Record<string, unknown> = { id };
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [name, value] = [fields[i] ?? "", fields[i + 1] ?? ""];
    named[name] = name === "data" ? toData(value) : value;
  }
  return event.parse(named);
}

/** Lua writes an empty table as `{}` or `[]`; both mean no data. */
function toData(text: string): unknown {
  const data: unknown = JSON.parse(text);
  return Array.isArray(data) ? {} : data;
}
