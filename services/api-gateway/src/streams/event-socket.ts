/**
 * Events over one WebSocket: each message is one event as JSON. Closes with 1000 after the final event, 1001 when the gateway
 * stops, 1008 when the key is not valid any more, 1011 when the events cannot be read on.
 *
 * One message at a time is in flight, so a slow reader slows the reading of the events; one that stands still, or does not
 * answer pings, is cut off.
 */
import type { Event } from "@drover/contracts";
import { toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { WebSocket } from "ws";

const pingMs = 15_000;
const sendDeadlineMs = 30_000;
const closeDeadlineMs = 5_000;

async function send(socket: WebSocket, text: string): Promise<void> {
  const deadline = setTimeout(() => socket.terminate(), sendDeadlineMs);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.send(text, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    clearTimeout(deadline);
  }
}

/** Pings, and cuts off who has not answered by the next ping. */
function watchPulse(socket: WebSocket): NodeJS.Timeout {
  let alive = true;
  socket.on("pong", () => {
    alive = true;
  });
  return setInterval(() => {
    if (!alive) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
  }, pingMs);
}

/** Closes, and does not wait for ever that the other side agrees. */
async function close(socket: WebSocket, code: number, reason: string): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  socket.close(code, reason);
  const deadline = setTimeout(() => socket.terminate(), closeDeadlineMs);
  await closed;
  clearTimeout(deadline);
}

/**
 * Resolves when the socket is closed.
 * @param follow the events, until its signal aborts
 * @param ends aborted when the gateway stops, and when the reader's key is not valid any more
 */
export async function streamToSocket(
  follow: (signal: AbortSignal) => AsyncIterable<Event>,
  socket: WebSocket,
  { stopping, revoked }: { readonly stopping: AbortSignal; readonly revoked: AbortSignal },
  logger: Logger,
): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort();
  socket.once("close", leave);
  for (const end of [stopping, revoked]) {
    end.addEventListener("abort", leave, { once: true });
    if (end.aborted) leave();
  }
  // A broken connection closes as well; nothing else is to be done about it.
  socket.on("error", () => undefined);
  const pulse = watchPulse(socket);
  let outcome: [code: number, reason: string] = [1000, "final"];
  try {
    for await (const event of follow(left.signal)) await send(socket, JSON.stringify(event));
  } catch (error) {
    if (!left.signal.aborted) {
      logger.warn({ err: toError(error) }, "an event socket broke off");
      outcome = [1011, "the events cannot be read"];
    }
  }
  if (revoked.aborted) outcome = [1008, "the key is not valid any more"];
  if (stopping.aborted) outcome = [1001, "the gateway stops"];
  await close(socket, ...outcome);
  clearInterval(pulse);
  stopping.removeEventListener("abort", leave);
}
