/**
 * A Kubernetes API as far as the agent uses it, over real HTTP: discovery, GET, server-side apply with field owners,
 * and DELETE. What it answers can be overruled for one path, to see the agent meet errors.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

interface Stored {
  readonly object: Record<string, unknown>;
  readonly owners: Map<string, string>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

const token = "test-token";
const kind = (name: string, of: string, namespaced: boolean) => ({ name, kind: of, namespaced });
const served: Readonly<Record<string, readonly ReturnType<typeof kind>[]>> = {
  "/api/v1": [
    kind("configmaps", "ConfigMap", true),
    kind("namespaces", "Namespace", false),
    kind("namespaces/status", "Namespace", false),
    kind("secrets", "Secret", true),
  ],
  "/apis/apps/v1": [kind("deployments", "Deployment", true), kind("deployments/scale", "Scale", true)],
};

export class FakeKubeApi implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** Overrules the answer to a request; "never" leaves it without one. */
  overrule: (request: SeenRequest) => Answer | "never" | undefined = () => undefined;
  readonly #objects = new Map<string, Stored>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #folder = "";
  #version = 0;

  static async start(): Promise<FakeKubeApi> {
    const api = new FakeKubeApi();
    await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
    api.#folder = await mkdtemp(join(tmpdir(), "drover-kube-"));
    return api;
  }

  /** A kubeconfig for it; its context has the namespace `shop`. */
  async kubeconfig(credential = token): Promise<string> {
    const address = this.#server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const server = `http://127.0.0.1:${port}/clusters/one`;
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "one", cluster: { server, "insecure-skip-tls-verify": true } }],
      users: [{ name: "drover", user: { token: credential } }],
      contexts: [{ name: "one", context: { cluster: "one", user: "drover", namespace: "shop" } }],
      "current-context": "one",
    };
    const path = join(this.#folder, `config-${credential}`);
    await writeFile(path, JSON.stringify(config));
    return path;
  }

  object(path: string): Record<string, unknown> | undefined {
    return this.#objects.get(path)?.object;
  }

  /** Applies as somebody else would. */
  applyAs(manager: string, path: string, object: Record<string, unknown>): void {
    this.#apply(path, object, { fieldManager: manager, force: "true" });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const url = new URL(request.url ?? "/", "http://api");
    const text = Buffer.concat(chunks).toString("utf8");
    const seen: SeenRequest = {
      method: request.method ?? "",
      path: url.pathname.replace("/clusters/one", ""),
      query: Object.fromEntries(url.searchParams),
      contentType: request.headers["content-type"],
      body: text === "" ? undefined : JSON.parse(text),
    };
    this.requests.push(seen);
    const authorized = request.headers.authorization === `Bearer ${token}`;
    const answer = this.overrule(seen) ?? (authorized ? this.#answer(seen) : refuse(401, "Unauthorized"));
    if (answer === "never") return;
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  }

  #answer(seen: SeenRequest): Answer {
    const { method, path, query, contentType } = seen;
    if (path === "/version") return { status: 200, body: { gitVersion: "v1.34.0" } };
    const resources = served[path];
    if (resources !== undefined) return { status: 200, body: { kind: "APIResourceList", resources } };
    const found = this.#objects.get(path);
    if (method === "PATCH") {
      if (contentType !== "application/apply-patch+yaml") return refuse(415, "UnsupportedMediaType");
      return this.#apply(path, Object(seen.body), query);
    }
    if (found === undefined) return refuse(404, "NotFound");
    if (method === "DELETE") this.#objects.delete(path);
    return { status: 200, body: found.object };
  }

  #apply(path: string, applied: Record<string, unknown>, query: Readonly<Record<string, string>>): Answer {
    const manager = query["fieldManager"];
    if (manager === undefined) return refuse(400, "BadRequest", "fieldManager is required for apply patch");
    const before = this.#objects.get(path);
    const owners = new Map(before?.owners);
    const merged: Record<string, unknown> = structuredClone(before?.object ?? {});
    const conflicts: unknown[] = [];
    for (const [field, value] of leaves(applied)) {
      const owner = owners.get(field);
      const changed = !isDeepStrictEqual(at(merged, field), value);
      if (owner !== undefined && owner !== manager && changed && query["force"] !== "true") {
        const message = `conflict with "${owner}"`;
        conflicts.push({ reason: "FieldManagerConflict", message, field: `.${field}` });
      }
      owners.set(field, manager);
      put(merged, field.split("."), value);
    }
    if (conflicts.length > 0) {
      return refuse(409, "Conflict", `Apply failed with ${conflicts.length} conflict`, { causes: conflicts });
    }
    const changed = before === undefined || !isDeepStrictEqual(before.object, merged);
    if (changed && query["dryRun"] !== "All") this.#version += 1;
    put(merged, ["metadata", "uid"], at(merged, "metadata.uid") ?? `uid-${this.#version}`);
    const version = changed ? String(this.#version) : at(merged, "metadata.resourceVersion");
    put(merged, ["metadata", "resourceVersion"], version);
    if (query["dryRun"] !== "All") this.#objects.set(path, { object: merged, owners });
    return { status: before === undefined ? 201 : 200, body: merged };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true });
  }
}

/** The body of a refusal. */
export function refuse(
  status: number,
  reason: string,
  message = reason,
  details: unknown = undefined,
): Answer {
  return { status, body: { kind: "Status", status: "Failure", code: status, reason, message, details } };
}

function* leaves(value: unknown, path = ""): Generator<[string, unknown]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return void (yield [path, value]);
  for (const [key, inner] of Object.entries(value))
    yield* leaves(inner, path === "" ? key : `${path}.${key}`);
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => Object(inner)[key], value);
}

function put(target: Record<string, unknown>, [key = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) target[key] = value;
  else {
    const inner = Object(target[key] ?? {});
    target[key] = inner;
    put(inner, rest, value);
  }
}
