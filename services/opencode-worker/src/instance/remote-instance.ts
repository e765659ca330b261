/**
 * One OpenCode server that a workspace runs itself. The worker holds connections to it and nothing else: when they are closed
 * the server goes on. It counts as ended once it has not answered for long.
 */
import { setTimeout as delay } from "node:timers/promises";
import { createOpencodeClient, type OpencodeClient, type PermissionRuleset } from "@opencode-ai/sdk/v2";
import type { ChangeRecord } from "../workspace/change-record.ts";
import { SessionChanges } from "../workspace/session-changes.ts";
import { isHealthy } from "./health-probe.ts";
import type { Instance, InstanceSpec } from "./instance-runtime.ts";
import type { PermissionClass } from "./permissions.ts";
import type { RemoteConnection } from "./remote-connection.ts";
import { type RemoteConfig, remotePermissions } from "./remote-permissions.ts";

export interface RemoteInstanceParts {
  /** Its `directory` is the one within the workspace. */
  readonly spec: InstanceSpec;
  readonly connection: RemoteConnection;
  readonly version: string;
  readonly config: RemoteConfig;
  /** Whether the directory lies in a git repository. */
  readonly versioned: boolean;
}

/** How often it is asked whether it lives, how long an answer may take, and how many must be missing in a row. */
const lookEveryMs = 5_000;
const lookDeadlineMs = 5_000;
const missedMax = 4;
const serverUser = "opencode";

export function remoteClient(connection: RemoteConnection, directory: string | null): OpencodeClient {
  const { password } = connection;
  return createOpencodeClient({
    baseUrl: connection.baseUrl,
    fetch: (input, init) => connection.fetch(new Request(input, init)),
    ...(directory === null ? {} : { directory }),
    ...(password === null ? {} : { headers: { Authorization: credential(password) } }),
  });
}

export function credential(password: string): string {
  return `Basic ${Buffer.from(`${serverUser}:${password}`).toString("base64")}`;
}

export class RemoteInstance implements Instance {
  readonly spec: InstanceSpec;
  readonly version: string;
  readonly client: OpencodeClient;
  readonly exited: Promise<string>;
  alive = true;
  readonly #parts: RemoteInstanceParts;
  readonly #closed = new AbortController();

  constructor(parts: RemoteInstanceParts) {
    this.#parts = parts;
    this.spec = parts.spec;
    this.version = parts.version;
    this.client = this.clientFor(parts.spec.directory);
    this.exited = this.#watch().then((how) => {
      this.alive = false;
      return how;
    });
  }

  clientFor(directory: string): OpencodeClient {
    return remoteClient(this.#parts.connection, directory);
  }

  /** Its model is its own, and so are the model's troubles. */
  modelFault(): null {
    return null;
  }

  redact(text: string): string {
    const { password } = this.#parts.connection;
    return password === null ? text : text.replaceAll(password, "[redacted]");
  }

  sessionRules(readOnly: boolean, asked: ReadonlySet<PermissionClass>): PermissionRuleset {
    return remotePermissions(this.#parts.config, readOnly, asked);
  }

  changes(): ChangeRecord {
    return new SessionChanges({
      client: this.client,
      versioned: this.#parts.versioned,
      redact: (text) => this.redact(text),
    });
  }

  async #watch(): Promise<string> {
    const { signal } = this.#closed;
    let missed = 0;
    while (missed < missedMax) {
      await delay(lookEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return "its connection was closed";
      missed = (await isHealthy(this, lookDeadlineMs)) ? 0 : missed + 1;
    }
    return "it has stopped answering";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.alive = false;
    this.#closed.abort();
    await this.#parts.connection[Symbol.asyncDispose]();
    await this.exited;
  }
}
