/** One connection to an event stream: its events until the server closes it. */
import { type Event, event } from "@drover/contracts";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { apiErrorOf, DroverApiError, DroverUnreachable, parseJson } from "./api-error.ts";

export interface Connection {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Only events after this one. */
  readonly after: string | undefined;
  /** Silence for so long counts as a lost connection. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** @throws DroverApiError when it is refused, DroverUnreachable when it is lost */
export async function* readConnection(connection: Connection): AsyncGenerator<Event> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), connection.idleMs);
  try {
    const response = await fetch(connection.url, {
      headers: {
        ...connection.headers,
        accept: "text/event-stream",
        ...(connection.after === undefined ? {} : { "last-event-id": connection.after }),
      },
      signal: AbortSignal.any([connection.signal, idle.signal]),
    });
    if (!response.ok || response.body === null) throw await apiErrorOf(response);
    const sawBytes = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        timer.refresh();
        controller.enqueue(chunk);
      },
    });
    const messages = response.body
      .pipeThrough(sawBytes)
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const message of messages) {
      const parsed = event.safeParse(parseJson(message.data));
      // An event of a kind that this version does not know is passed over.
      if (parsed.success) yield parsed.data;
    }
  } catch (error) {
    if (error instanceof DroverApiError) throw error;
    throw new DroverUnreachable("The event stream was lost.", { cause: error });
  } finally {
    clearTimeout(timer);
    idle.abort();
  }
}
