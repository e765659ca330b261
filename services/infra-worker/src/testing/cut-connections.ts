/** A proxy before a Unix socket whose connections can all be cut at once, as when an engine restarts. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class CutConnections implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#pass(client));
  readonly #target: string;
  readonly #folder: string;
  #refuse = false;

  private constructor(target: string, folder: string) {
    this.#target = target;
    this.#folder = folder;
  }

  static async before(target: string): Promise<CutConnections> {
    const proxy = new CutConnections(target, await mkdtemp(join(tmpdir(), "drover-proxy-")));
    await new Promise<void>((resolve) => proxy.#server.listen(proxy.path, resolve));
    return proxy;
  }

  get path(): string {
    return join(this.#folder, "proxy.sock");
  }

  /** Cuts all connections and refuses new ones until `mend`. */
  cut(): void {
    this.#refuse = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#refuse = false;
  }

  #pass(client: Socket): void {
    if (this.#refuse) {
      client.destroy();
      return;
    }
    const engine = connect(this.#target);
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true });
  }
}
