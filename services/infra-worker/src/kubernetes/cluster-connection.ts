/**
 * Requests to a cluster's API with the address and credential of a kubeconfig.
 *
 * Objects go out and come back as they are: the generated models of the client library would silently drop each field
 * that their version does not know, and a field that is dropped is a field that was not applied.
 */
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { withDeadline } from "../agent/abort.ts";
import type { ClusterConfig } from "./load-cluster.ts";

export interface ClusterRequest {
  readonly method: "GET" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface ClusterAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What `Retry-After` says, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

const answerBytesMax = 32 * 1024 * 1024;

export class ClusterConnection {
  readonly #config: ClusterConfig;
  readonly #deadlineMs: number;

  constructor(config: ClusterConfig, deadlineMs: number) {
    this.#config = config;
    this.#deadlineMs = deadlineMs;
  }

  /** @throws the signal's reason when it aborts, else whatever kept the answer from coming */
  async send(request: ClusterRequest, signal: AbortSignal): Promise<ClusterAnswer> {
    return await withDeadline(this.#deadlineMs, signal, async (limited) => {
      const url = new URL(this.#config.server);
      const query = new URLSearchParams(request.query).toString();
      const options: RequestOptions = {
        method: request.method,
        hostname: url.hostname,
        port: url.port,
        path: url.pathname.replace(/\/$/, "") + request.path + (query === "" ? "" : `?${query}`),
        headers: { accept: "application/json", ...contentHeaders(request) },
        signal: limited,
      };
      await this.#config.authenticate(options);
      return await exchange(url.protocol === "http:" ? httpRequest : httpsRequest, options, request.body);
    });
  }
}

function contentHeaders({ body, contentType }: ClusterRequest): Record<string, string> {
  return body === undefined ? {} : { "content-type": contentType ?? "application/json" };
}

function exchange(open: typeof httpsRequest, options: RequestOptions, body: unknown): Promise<ClusterAnswer> {
  return new Promise((resolve, reject) => {
    const request = open(options, (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on("data", (chunk: Buffer) => {
        sizeBytes += chunk.length;
        chunks.push(chunk);
        if (sizeBytes > answerBytesMax) request.destroy(new Error("The answer is too large."));
      });
      response.on("error", reject);
      response.on("end", () => {
        const seconds = Number(response.headers["retry-after"]);
        resolve({
          status: response.statusCode ?? 0,
          body: parseJson(Buffer.concat(chunks).toString("utf8")),
          retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
        });
      });
    });
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Text that is no JSON comes back as text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
