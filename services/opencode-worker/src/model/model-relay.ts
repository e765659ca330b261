/**
 * Stands between the instances and the model's endpoint, on the loopback interface, so that the endpoint's key never
 * leaves the worker: an instance knows a token that is good for this relay only, and a command that its agent runs can
 * read no more than that. It also remembers how the endpoint last failed, which OpenCode tells only as prose.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, type FileHandle, open } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { Agent, errors, request } from "undici";
import type { RelayAccess } from "../instance/instance-config.ts";
import type { ModelFault } from "../instance/instance-runtime.ts";
import { describeRefusal } from "./describe-refusal.ts";

export interface ModelEndpoint {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** The longest silence, before an answer and within it, in milliseconds. Default: three minutes. */
  readonly silenceMs?: number;
}

/** One instance's way to the model. */
export interface ModelGrant extends RelayAccess, Disposable {
  fault(): ModelFault | null;
}

const connectDeadlineMs = 10_000;
const silenceMsDefault = 180_000;
const pathPrefix = "/v1";

/** Headers that concern one connection, or that the relay sets itself. */
const ownHeaders = new Set([
  "authorization",
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "transfer-encoding",
  "accept-encoding",
  "x-api-key",
]);

export class ModelRelay implements AsyncDisposable {
  readonly #endpoint: ModelEndpoint;
  readonly #logger: Logger;
  readonly #server: Server;
  readonly #furtherServers: Server[] = [];
  /** The folders of their sockets, which are deleted by the same descriptors. */
  readonly #socketFolders: FileHandle[] = [];
  readonly #dispatcher: Agent;
  readonly #faults = new Map<string, ModelFault | null>();

  private constructor(endpoint: ModelEndpoint, logger: Logger) {
    this.#endpoint = endpoint;
    this.#logger = logger;
    const silenceMs = endpoint.silenceMs ?? silenceMsDefault;
    this.#dispatcher = new Agent({
      connect: { timeout: Math.min(connectDeadlineMs, silenceMs) },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
    });
    this.#server = createServer(this.#onRequest);
  }

  readonly #onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    this.#relay(incoming, response).catch((error: unknown) => {
      this.#logger.debug({ err: toError(error) }, "a relayed request broke off");
      response.destroy();
    });
  };

  static async open(endpoint: ModelEndpoint, logger: Logger): Promise<ModelRelay> {
    const relay = new ModelRelay(endpoint, logger);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once("error", reject);
      relay.#server.listen(0, "127.0.0.1", resolve);
    });
    relay.#server.unref();
    return relay;
  }

  /**
   * Serves at a Unix socket as well, for instances that cannot reach the loopback interface. Whoever can reach the socket may
   * connect; the token of a grant is asked for all the same.
   */
  async listenAt(socketPath: string): Promise<void> {
    const server = createServer(this.#onRequest);
    // An address has room for 107 bytes; by its descriptor every folder is near.
    const folder = await open(dirname(socketPath), constants.O_RDONLY | constants.O_DIRECTORY);
    this.#socketFolders.push(folder);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(`/proc/self/fd/${folder.fd}/${basename(socketPath)}`, resolve);
    });
    await chmod(socketPath, 0o666);
    server.unref();
    this.#furtherServers.push(server);
  }

  grant(): ModelGrant {
    const token = randomBytes(24).toString("base64url");
    this.#faults.set(token, null);
    return {
      url: `http://127.0.0.1:${portOf(this.#server)}${pathPrefix}`,
      token,
      fault: () => this.#faults.get(token) ?? null,
      [Symbol.dispose]: () => this.#faults.delete(token),
    };
  }

  async #relay(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = incoming.headers.authorization?.replace(/^Bearer /, "") ?? "";
    const path = incoming.url ?? "/";
    if (!this.#faults.has(token))
      return refuse(response, 401, "This relay serves the worker's own instances.");
    if (!path.startsWith(`${pathPrefix}/`) || path.includes(".."))
      return refuse(response, 404, "No such path.");
    if (incoming.method !== "POST" && incoming.method !== "GET")
      return refuse(response, 405, "No such method.");

    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const answer = await request(this.#endpoint.baseUrl.replace(/\/$/, "") + path.slice(pathPrefix.length), {
      method: incoming.method,
      headers: this.#headers(incoming),
      body: incoming.method === "POST" ? incoming : null,
      signal: gone.signal,
      dispatcher: this.#dispatcher,
    }).catch((error: unknown) => toError(error));
    if (answer instanceof Error) {
      if (gone.signal.aborted) return;
      this.#remember(token, unanswered(answer, describeRefusal(answer)));
      return refuse(response, 502, "The model's endpoint does not answer.");
    }

    const headers = Object.entries(answer.headers).filter(([name]) => !ownHeaders.has(name));
    if (answer.statusCode >= 400) {
      const body = await answer.body.text();
      this.#remember(token, { status: answer.statusCode, message: describeRefusal(body) });
      response.writeHead(answer.statusCode, Object.fromEntries(headers));
      response.end(this.#withoutKey(body));
      return;
    }
    response.writeHead(answer.statusCode, Object.fromEntries(headers));
    try {
      await pipeline(answer.body, response);
      this.#remember(token, null);
    } catch (error) {
      if (!gone.signal.aborted) this.#remember(token, unanswered(toError(error), "The answer broke off."));
      throw error;
    }
  }

  #headers(incoming: IncomingMessage): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(incoming.headers)) {
      if (value !== undefined && !ownHeaders.has(name)) headers[name] = value;
    }
    const { apiKey } = this.#endpoint;
    if (apiKey !== undefined) headers["authorization"] = `Bearer ${apiKey}`;
    return headers;
  }

  /** Forgets what belongs to an instance that is gone. */
  #remember(token: string, fault: ModelFault | null): void {
    if (!this.#faults.has(token)) return;
    this.#faults.set(token, fault === null ? null : { ...fault, message: this.#withoutKey(fault.message) });
  }

  /** Some endpoints repeat a key that they refuse. */
  #withoutKey(text: string): string {
    const { apiKey } = this.#endpoint;
    return apiKey === undefined || apiKey === "" ? text : text.replaceAll(apiKey, "[redacted]");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#faults.clear();
    const closed = [this.#server, ...this.#furtherServers].map(async (server) => {
      const end = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await end;
    });
    await Promise.all([...closed, this.#dispatcher.destroy()]);
    for (const folder of this.#socketFolders) await folder.close();
  }
}

/** An endpoint that is silent for as long as it may be will hardly speak when it is asked once more. */
function unanswered(error: Error, message: string): ModelFault {
  const isSilence = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
  return isSilence
    ? { status: null, message: "It was silent for too long.", silent: true }
    : { status: null, message };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message, type: "relay_error" } }));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The relay is not listening.");
  return (address satisfies AddressInfo).port;
}
