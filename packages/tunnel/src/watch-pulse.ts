/**
 * Cuts a WebSocket off whose other end has gone without a word. Whatever arrives counts as a sign of life, so a slow connection
 * that is busy with a large answer is not taken for a dead one.
 */
import type { WebSocket } from "ws";

export interface Pulse {
  readonly pingMs: number;
  /** Longer than two pings take. */
  readonly silenceMaxMs: number;
}

export const defaultPulse: Pulse = { pingMs: 8_000, silenceMaxMs: 20_000 };

/** Until the socket closes. */
export function watchPulse(socket: WebSocket, { pingMs, silenceMaxMs }: Pulse): void {
  let heardMs = performance.now();
  const heard = () => {
    heardMs = performance.now();
  };
  for (const sign of ["message", "ping", "pong"] as const) socket.on(sign, heard);
  const timer = setInterval(() => {
    if (performance.now() - heardMs > silenceMaxMs) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.ping();
  }, pingMs);
  socket.once("close", () => clearInterval(timer));
}
