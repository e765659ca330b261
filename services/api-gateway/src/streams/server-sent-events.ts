/**
 * Events over SSE: replays from the cursor, follows, and ends after the final event.
 *
 * A reader that does not keep up slows the reading of the events, and is cut off when it stands still; it can come back with
 * `Last-Event-ID` and loses nothing.
 */
import { once } from "node:events";
import type { Event } from "@drover/contracts";
import { toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Response } from "express";

const heartbeatMs = 15_000;
const drainDeadlineMs = 30_000;
/** What a client is told to wait before it comes back. */
const reconnectMs = 2_000;

function frame(event: Event): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Writes, and waits while the reader's buffer is full. */
async function write(response: Response, text: string, signal: AbortSignal): Promise<void> {
  if (response.write(text)) return;
  await once(response, "drain", { signal: AbortSignal.any([signal, AbortSignal.timeout(drainDeadlineMs)]) });
}

/** Resolves when the answer has ended. @param signal aborted when the reader leaves or the gateway stops */
export async function streamToResponse(
  events: AsyncIterable<Event>,
  response: Response,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> {
  response.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    // Tells a proxy not to collect the events before it passes them on.
    "X-Accel-Buffering": "no",
  });
  response.write(`retry: ${reconnectMs}\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(": heartbeat\n\n");
  }, heartbeatMs);
  try {
    for await (const event of events) await write(response, frame(event), signal);
    response.end();
  } catch (error) {
    if (signal.aborted) {
      response.end();
      return;
    }
    // Cut short, not ended: the reader sees that this is not the final event and comes back.
    logger.warn({ err: toError(error) }, "an event stream broke off");
    response.destroy();
  } finally {
    clearInterval(heartbeat);
  }
}
