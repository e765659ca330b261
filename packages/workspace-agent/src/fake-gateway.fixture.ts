/** A gateway as far as the workspace agent sees it: registers, takes tunnels over real WebSockets, and can misbehave. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { TunnelSession } from "@drover/tunnel";
import { WebSocketServer } from "ws";
import type { ControlPlane, Offer, TunnelAddress } from "./control-plane.ts";

export class FakeGateway implements ControlPlane, AsyncDisposable {
  readonly offers: Offer[] = [];
  readonly forgotten: string[] = [];
  /** Ids that a heartbeat is answered for. */
  readonly known = new Set<string>();
  heartbeats = 0;
  /** Thrown by the next registrations. */
  refusal: Error | null = null;
  /** What the workspace has beside what this registered. */
  others: readonly string[] = [];
  /** Answered instead of a WebSocket. */
  status: number | null = null;
  session: TunnelSession | null = null;
  opened = 0;
  refused = 0;
  authorization: string | undefined;
  #server: Server | null = null;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  /** On the same port as before. */
  async listen(): Promise<void> {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("upgrade", (request, socket, head) => {
      this.authorization = request.headers.authorization;
      if (this.status !== null) {
        this.refused += 1;
        socket.end(`HTTP/1.1 ${this.status} No\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, async (webSocket) => {
        webSocket.on("error", () => undefined);
        this.session = await TunnelSession.open(webSocket);
        this.opened += 1;
      });
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts every connection, as a network does. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server?.close(resolve);
    });
    this.cut();
    await closed;
  }

  async ask(path: string): Promise<string> {
    const stream = this.session?.request({ method: "GET", path, headers: {}, hasBody: false });
    let text = "";
    if (stream !== undefined) for await (const piece of stream.setEncoding("utf8")) text += String(piece);
    return text;
  }

  async register(offer: Offer): Promise<{ instanceId: string; heartbeatSeconds: number }> {
    if (this.refusal !== null) throw this.refusal;
    this.offers.push(offer);
    const instanceId = `inst_${this.offers.length}`;
    this.known.add(instanceId);
    return { instanceId, heartbeatSeconds: 0.03 };
  }

  async heartbeat(instanceId: string): Promise<boolean> {
    this.heartbeats += 1;
    return this.known.has(instanceId);
  }

  async forget(instanceId: string): Promise<void> {
    this.forgotten.push(instanceId);
  }

  async instancesOf(): Promise<readonly string[]> {
    return this.others;
  }

  tunnelOf(instanceId: string): TunnelAddress {
    const url = `ws://127.0.0.1:${this.#port}/${instanceId}`;
    return { url, headers: { authorization: "Bearer key" }, agent: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
