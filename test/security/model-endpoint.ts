/** A model's endpoint that asks for a key and can be told to refuse it, to hang, or to be away. The demo model answers for it. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type DemoModel, startDemoModel } from "@drover/demo-model";

export class ModelEndpoint implements AsyncDisposable {
  readonly #demo: DemoModel;
  #server: Server | undefined;
  #port = 0;
  /** `refuse` repeats the key that it was given, as real endpoints do. */
  mode: "serve" | "refuse" | "hang" = "serve";
  /** Credentials that callers brought. */
  readonly credentials = new Set<string>();

  private constructor(demo: DemoModel) {
    this.#demo = demo;
  }

  static async start(): Promise<ModelEndpoint> {
    const endpoint = new ModelEndpoint(await startDemoModel());
    await endpoint.open();
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/v1`;
  }

  /** Serves, on the same port as before. */
  async open(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
    this.#server = server;
  }

  /** From now on connections are refused. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const credential = request.headers.authorization ?? "";
    this.credentials.add(credential);
    if (this.mode === "hang") return;
    if (this.mode === "refuse") {
      const error = { message: `Incorrect API key provided: ${credential}.`, code: "invalid_api_key" };
      response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify({ error }));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const answer = await fetch(`${this.#demo.url}${(request.url ?? "").replace(/^\/v1/, "")}`, {
      method: request.method ?? "GET",
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const type = answer.headers.get("content-type") ?? "application/json";
    response.writeHead(answer.status, { "content-type": type }).end(await answer.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.#demo[Symbol.asyncDispose]();
  }
}
