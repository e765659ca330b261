/**
 * The stored events of tasks and runs: replayed from a cursor, then followed.
 *
 * A channel named like the stream says when it has grown; what counts is always read from the stream, so a lost message
 * delays an event by a few seconds and loses nothing.
 */
import { type Event, event, isFinal } from "@drover/contracts";
import type { Redis } from "ioredis";
import type { Shard, Subject } from "./keyspace.ts";
import type { Store } from "./store.ts";

const batchSize = 200;
/** How long a follower trusts the channel before it looks by itself. */
const lookAgainMs = 3_000;

export interface FollowOptions {
  /** The event after which to begin; absent: from the first. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

export class EventLog implements AsyncDisposable {
  readonly #store: Store;
  readonly #listeners = new Map<string, Set<() => void>>();
  #subscriber: Redis | undefined;

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
    const status = await this.#store.redis.hget(key, "status");
    return status === null || isFinal(status);
  }

  #listen(channel: string) {
    const subscriber = this.#connectSubscriber();
    let heard = false;
    let resolve: (() => void) | undefined;
    const listener = () => {
      heard = true;
      resolve?.();
    };
    const listeners = this.#listeners.get(channel) ?? new Set();
    if (listeners.size === 0) {
      this.#listeners.set(channel, listeners);
      subscriber.subscribe(channel).catch(() => undefined);
    }
    listeners.add(listener);
    return {
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
        listeners.delete(listener);
        if (listeners.size > 0) return;
        this.#listeners.delete(channel);
        subscriber.unsubscribe(channel).catch(() => undefined);
      },
    };
  }

  #connectSubscriber(): Redis {
    if (this.#subscriber === undefined) {
      this.#subscriber = this.#store.connect("worker");
      this.#subscriber.on("message", (channel: string) => {
        for (const listener of this.#listeners.get(channel) ?? []) listener();
      });
    }
    return this.#subscriber;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriber?.disconnect();
  }
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
