/**
 * WebSocket upgrades go the way of every other request: through the application, with its credentials, limits, ids, logs and
 * errors. So whatever speaks against one is answered in plain HTTP, before any WebSocket exists.
 *
 * Node hands an upgrade over with its bare socket. It is given to the application with a response on that socket; a route that
 * streams events takes the socket back and completes the handshake, any other route just answers. That also serves clients
 * that offer HTTP/2 on an ordinary request (`Upgrade: h2c`) and expect an ordinary answer.
 */
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface PendingUpgrade {
  readonly socket: Socket;
  readonly head: Buffer;
}

const pending = new WeakMap<IncomingMessage, PendingUpgrade>();

/** Whether this request asks for a WebSocket. */
export function asksForWebSocket(request: IncomingMessage): boolean {
  return pending.has(request) && request.headers.upgrade?.toLowerCase() === "websocket";
}

/** Takes the socket of an upgrade away from its response; null when the request asks for none. */
export function takeUpgrade(request: IncomingMessage, response: ServerResponse): PendingUpgrade | null {
  const upgrade = pending.get(request);
  if (upgrade === undefined || !asksForWebSocket(request)) return null;
  pending.delete(request);
  response.detachSocket(upgrade.socket);
  return upgrade;
}

const bodyRefused =
  "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\nA request with a body cannot be upgraded.\n";

/** Sends upgrades of `server` through its request listeners. */
export function offerUpgrades(server: Server): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const hasBody =
      Number(request.headers["content-length"] ?? 0) > 0 ||
      request.headers["transfer-encoding"] !== undefined;
    // Node no longer reads the body of a request that it has handed over.
    if (hasBody || !(socket instanceof Socket)) {
      socket.end(bodyRefused);
      return;
    }
    pending.set(request, { socket, head });
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => {
      response.detachSocket(socket);
      socket.end();
      response.emit("close");
    });
    server.emit("request", request, response);
  });
}
