/**
 * The only way out of a network, as companies have it: an HTTP proxy. Every name that it is asked for is this machine, so a name
 * that nobody else can resolve is reached through it or not at all.
 */
import { once } from "node:events";
import { createServer, request as forward, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export class HttpProxy implements AsyncDisposable {
  readonly port: number;
  /** `CONNECT host:port`, `GET host:port`: what it was asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on("connection", (socket: Socket) => this.#keep(socket));
    server.on("connect", ({ url = "" }, client, head) => {
      this.asked.push(`CONNECT ${url}`);
      const target = this.#keep(connect(Number(new URL(`http://${url}`).port), "127.0.0.1"));
      target.once("connect", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        target.write(head);
        target.pipe(client).pipe(target);
      });
      target.once("close", () => client.destroy());
    });
    server.on("request", (asked, answer) => {
      const url = new URL(asked.url ?? "");
      this.asked.push(`${asked.method} ${url.host}`);
      const options = { host: "127.0.0.1", port: url.port, method: asked.method, headers: asked.headers };
      const sent = forward({ ...options, path: url.pathname + url.search }, (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      });
      sent.once("error", () => answer.destroy());
      asked.pipe(sent);
    });
  }

  static async listen(): Promise<HttpProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy has no port");
    return new HttpProxy(server, address.port);
  }

  #keep<S extends Duplex>(socket: S): S {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
