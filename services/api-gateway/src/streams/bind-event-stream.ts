/** Makes an Express route of an operation that streams: one path, SSE or WebSocket, behind the same checks. */
import type { Express, RequestHandler } from "express";
import { WebSocketServer } from "ws";
import { principalOf, stateOf } from "../request-state.ts";
import { guards } from "../routing/bind-operation.ts";
import { callSignal } from "../routing/call-signal.ts";
import { expressPath } from "../routing/path-pattern.ts";
import type { Services } from "../services.ts";
import { streamToSocket } from "./event-socket.ts";
import { asksForWebSocket, takeUpgrade } from "./pending-upgrade.ts";
import { streamToResponse } from "./server-sent-events.ts";
import type { StreamRoute } from "./stream-route.ts";
import { watchCredential } from "./watch-credential.ts";

/** Clients have nothing to say on these sockets. */
const incomingBytesMax = 4 * 1024;

export function bindEventStream(app: Express, services: Services, route: StreamRoute): void {
  const { authentication, events, logger, recheckMs, stopping, streams } = services;
  const handshakes = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: incomingBytesMax,
    perMessageDeflate: false,
  });

  const handle: RequestHandler = async (request, response) => {
    const principal = principalOf(response);
    const { shard, subject, after } = await route.open(services, principal, {
      params: request.params,
      query: request.query,
      lastEventId: request.get("Last-Event-ID"),
    });
    if (request.method === "HEAD") {
      response.type("text/event-stream").end();
      return;
    }
    using _place = streams.enter(principal.id, asksForWebSocket(request) ? "websocket" : "sse");

    using watch = watchCredential(authentication.keys, stateOf(response).token ?? "", recheckMs);
    const { revoked } = watch;
    const follow = (signal: AbortSignal) => events.follow(shard, subject, { after, signal });
    const upgrade = takeUpgrade(request, response);
    if (upgrade === null) {
      using left = callSignal(request, response, stopping);
      revoked.addEventListener("abort", () => response.destroy(), { once: true });
      await streamToResponse(follow(left.signal), response, left.signal, logger);
      return;
    }
    const { socket, head } = upgrade;
    response.statusCode = 101;
    const ended = new Promise<void>((resolve) => {
      // Also when the handshake fails and no WebSocket comes of it.
      socket.once("close", resolve);
    });
    handshakes.handleUpgrade(request, socket, head, (webSocket) => {
      void streamToSocket(follow, webSocket, { stopping, revoked }, logger);
    });
    await ended;
    response.emit("close");
  };
  app.route(expressPath(route.operation.path)).get(...guards(services, route), handle);
}
