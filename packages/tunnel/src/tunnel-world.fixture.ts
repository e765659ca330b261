/** Both ends of a tunnel over a real WebSocket, a server that stands where OpenCode would, and the gateway's HTTP in front. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { answerFault, forwardRequest } from "./forward-request.ts";
import { serveTunnel, type TunnelTarget } from "./serve-tunnel.ts";
import { tunnelLimits, tunnelProtocol } from "./tunnel-limits.ts";
import { TunnelSession } from "./tunnel-session.ts";
import type { Pulse } from "./watch-pulse.ts";

export const password = "the-workspace-password";

export interface TunnelWorld extends AsyncDisposable {
  /** Of the gateway's side. */
  readonly url: string;
  readonly session: TunnelSession;
  /** The connection under the WebSocket, at the gateway. */
  readonly connection: Socket;
  /** The workspace's end. */
  readonly dialled: WebSocket;
  target: TunnelTarget | null;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

/** @param openCode answers as OpenCode would */
export async function openTunnelWorld(openCode: RequestListener, pulse?: Pulse): Promise<TunnelWorld> {
  const local = createServer(openCode);
  const localPort = await listening(local);
  const gateway = createServer();
  const sockets = new WebSocketServer({
    server: gateway,
    maxPayload: tunnelLimits.messageBytesMax,
    perMessageDeflate: false,
  });
  const port = await listening(gateway);
  const accepted = once(sockets, "connection");
  const dialled = new WebSocket(`ws://127.0.0.1:${port}`, tunnelProtocol, {
    maxPayload: tunnelLimits.messageBytesMax,
    perMessageDeflate: false,
  });
  dialled.on("error", () => undefined);
  const world = {
    url: `http://127.0.0.1:${port}`,
    dialled,
    target: {
      host: "127.0.0.1",
      port: localPort,
      authorization: `Basic ${btoa(`opencode:${password}`)}`,
    } as TunnelTarget | null,
  };
  const [[socket, upgrade]] = await Promise.all([accepted, once(dialled, "open")]);
  socket.on("error", () => undefined);
  const [session] = await Promise.all([
    TunnelSession.open(socket, pulse),
    serveTunnel(dialled, () => world.target, pulse),
  ]);
  gateway.on("request", (request, response) => {
    if (session.open) void forwardRequest(session, request, response, request.url ?? "/");
    else answerFault(response, "absent", "There is no tunnel.");
  });
  return Object.assign(world, {
    session,
    connection: upgrade.socket,
    async [Symbol.asyncDispose]() {
      dialled.terminate();
      socket.terminate();
      for (const server of [local, gateway]) {
        server.closeAllConnections();
        server.close();
      }
      await session.closed;
    },
  });
}
