/**
 * Where workers reach the tunnels of this replica: `/<instance id>/<path within OpenCode>`, on a listener of its own that is never
 * for the outside. A worker shows the token that it read in Redis; it is of this one tunnel and gone with it.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { hostname } from "node:os";
import { answerFault, forwardRequest, type TunnelSession, tunnelTokenHeader } from "@drover/tunnel";

export interface TunnelEndpointOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** How workers reach it; null: as its host and port say. */
  readonly url: string | null;
  readonly find: (instanceId: string) => { readonly session: TunnelSession; readonly token: string } | null;
}

const wildcards = new Set(["0.0.0.0", "::"]);
const place = /^\/([a-z0-9_]+)(\/.*)$/;

export class TunnelEndpoint implements AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** @throws the system's error when it cannot listen there */
  static async open({ host, port, url, find }: TunnelEndpointOptions): Promise<TunnelEndpoint> {
    const server = createServer({ requestTimeout: 0 }, (request, response) => {
      void serve(request, response, find);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    const address = server.address();
    const bound = typeof address === "object" && address !== null ? address.port : port;
    const name = wildcards.has(host) ? hostname() : host;
    return new TunnelEndpoint(server, url ?? `http://${name.includes(":") ? `[${name}]` : name}:${bound}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  find: TunnelEndpointOptions["find"],
): Promise<void> {
  response.on("error", () => undefined);
  const [, instanceId = "", path = ""] = place.exec(request.url ?? "") ?? [];
  const found = find(instanceId);
  // One answer for both, so that nobody learns here what there is.
  if (found === null || !sameToken(request.headers[tunnelTokenHeader], found.token)) {
    answerFault(response, "absent", "This gateway holds no tunnel of this instance with this token.");
    return;
  }
  await forwardRequest(found.session, request, response, path);
}

function sameToken(shown: string | string[] | undefined, token: string): boolean {
  const [left, right] = [Buffer.from(String(shown ?? "")), Buffer.from(token)];
  return left.length === right.length && timingSafeEqual(left, right);
}
