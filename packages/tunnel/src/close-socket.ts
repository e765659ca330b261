/** Ends a WebSocket, and does not wait for ever that the other side agrees. */
import type { WebSocket } from "ws";

const closeDeadlineMs = 2_000;

export async function closeSocket(socket: WebSocket, code: number, reason: string): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  socket.close(code, reason);
  const deadline = setTimeout(() => socket.terminate(), closeDeadlineMs);
  await closed;
  clearTimeout(deadline);
}
