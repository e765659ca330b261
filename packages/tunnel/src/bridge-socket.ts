/** A socket of the system that carries what a WebSocket carries: HTTP/2 is spoken on it. */
import type { Socket } from "node:net";
import { createWebSocketStream, type WebSocket } from "ws";
import { socketPair } from "./socket-pair.ts";

/**
 * When either of the two ends, so does the other.
 * @throws Error when the WebSocket closes meanwhile
 */
export async function bridgeSocket(webSocket: WebSocket): Promise<Socket> {
  // At once: what arrives before the sockets are there waits in it.
  const messages = createWebSocketStream(webSocket);
  messages.on("error", () => webSocket.terminate());
  let pair: [Socket, Socket];
  try {
    pair = await socketPair();
  } catch (error) {
    webSocket.terminate();
    throw error;
  }
  const [near, far] = pair;
  const end = () => {
    near.destroy();
    far.destroy();
    if (webSocket.readyState === webSocket.OPEN) webSocket.close();
  };
  for (const socket of pair) {
    socket.on("error", () => undefined);
    socket.once("close", end);
  }
  webSocket.once("close", end);
  if (webSocket.readyState !== webSocket.OPEN) {
    end();
    throw new Error("the WebSocket has closed");
  }
  messages.pipe(far).pipe(messages);
  return near;
}
