/**
 * The events of a task or run as an async iterable. After a lost connection it resumes behind the last event; it ends
 * after the final one.
 */
import type { Event } from "@drover/contracts";
import { DroverUnreachable } from "./api-error.ts";
import { readConnection } from "./event-connection.ts";
import { pause, pauseMs } from "./retry.ts";

export interface EventsOptions {
  /** Only events after this one. */
  readonly after?: string;
  readonly signal?: AbortSignal;
  /** A connection that is silent for so long counts as lost. Default: 60,000. */
  readonly idleMs?: number;
  /** Connections in a row that bring nothing before it gives up. Default: 20, which is some 40 seconds. */
  readonly triesMax?: number;
}

export interface EventSource {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Whose final event ends the stream. */
  readonly kind: "task" | "workflow";
  /** Whether the subject is final: then a stream that ends without a final event has nothing more to give. */
  readonly isFinal: () => Promise<boolean>;
}

const defaultIdleMs = 60_000;
const defaultTriesMax = 20;

/**
 * Ends without an error when `signal` aborts.
 * @throws DroverApiError what the API refused; DroverUnreachable after too many connections that brought nothing
 */
export async function* followEvents(source: EventSource, options: EventsOptions): AsyncGenerator<Event> {
  const { signal = new AbortController().signal, idleMs = defaultIdleMs } = options;
  const limit = options.triesMax ?? defaultTriesMax;
  let after = options.after;
  let nothingMore = false;
  for (let tries = 1; !signal.aborted; tries += 1) {
    let fault: unknown;
    try {
      for await (const next of readConnection({ ...source, after, idleMs, signal })) {
        yield next;
        if (isLast(next, source.kind)) return;
        after = next.id;
        tries = 1;
      }
      if (nothingMore) return;
      nothingMore = await source.isFinal();
      fault = new DroverUnreachable("The event stream ended before the final event.");
    } catch (error) {
      fault = error;
    }
    if (signal.aborted) return;
    const waitMs = tries < limit ? pauseMs(fault, tries) : null;
    if (waitMs === null) throw fault;
    await pause(waitMs, signal);
  }
}

function isLast({ type }: Event, kind: "task" | "workflow"): boolean {
  return type === `${kind}.completed` || type === `${kind}.failed` || type === `${kind}.cancelled`;
}
