/**
 * Stands between services and a Redis, and misbehaves as a network does: cuts connections, goes silent while they stay
 * open, is slow.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #stalled = false;
  #delayMs = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Listens on a free port of the loopback interface, or on `port`. */
  static async listen(targetPort: () => number, port = 0): Promise<TcpProxy> {
    const server = createServer();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const proxy = new TcpProxy(server, typeof address === "object" && address !== null ? address.port : port);
    server.on("connection", (client) => proxy.#join(client, targetPort()));
    return proxy;
  }

  /** Resets every connection, as a firewall that forgot them. */
  cut(): void {
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /** From now on nothing gets through, and nobody is told: half-open connections, and new ones that say nothing. */
  stall(): void {
    this.#stalled = true;
    for (const { client, upstream } of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  /** What was held up goes through after all. */
  flow(): void {
    this.#stalled = false;
    for (const { client, upstream } of this.#pairs) {
      client.resume();
      upstream.resume();
    }
  }

  /** Holds each piece up for so long, in each direction. */
  delay(durationMs: number): void {
    this.#delayMs = durationMs;
  }

  #join(client: Socket, targetPort: number): void {
    const upstream = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    client.setNoDelay(true);
    const pair = { client, upstream };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.on("error", () => undefined);
      socket.on("close", end);
    }
    this.#forward(client, upstream);
    this.#forward(upstream, client);
    if (this.#stalled) {
      client.pause();
      upstream.pause();
    }
  }

  /** In order, however long each piece is held up. */
  #forward(from: Socket, to: Socket): void {
    let last: Promise<unknown> = Promise.resolve();
    from.on("data", (piece) => {
      const delayMs = this.#delayMs;
      const dueMs = performance.now() + delayMs;
      last = last.then(async () => {
        const leftMs = delayMs === 0 ? 0 : dueMs - performance.now();
        if (leftMs > 0) await sleep(leftMs);
        if (to.writable) to.write(piece);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }
}
