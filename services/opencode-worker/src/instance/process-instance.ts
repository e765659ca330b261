/** One running `opencode serve` process: its client, its end, and how it is brought to an end. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { createOpencodeClient, type OpencodeClient } from "@opencode-ai/sdk/v2";
import type { ModelGrant } from "../model/model-relay.ts";
import { instanceMarker } from "./instance-environment.ts";
import type { Instance, InstanceSpec, ModelFault } from "./instance-runtime.ts";
import { reapMarked } from "./marked-processes.ts";

const termDeadlineMs = 2_000;
const killDeadlineMs = 2_000;
const stderrTailLength = 2_000;
export const serverUser = "opencode";

export interface ProcessInstanceParts {
  readonly spec: InstanceSpec;
  readonly instanceId: string;
  readonly version: string;
  readonly child: ChildProcess;
  readonly port: number;
  readonly password: string;
  readonly grant: ModelGrant;
}

export class ProcessInstance implements Instance {
  readonly spec: InstanceSpec;
  readonly version: string;
  readonly client: OpencodeClient;
  readonly exited: Promise<string>;
  alive = true;
  readonly #parts: ProcessInstanceParts;
  #stderrTail = "";
  #overuse: string | null = null;
  #stopped: Promise<void> | null = null;

  constructor(parts: ProcessInstanceParts) {
    this.#parts = parts;
    this.spec = parts.spec;
    this.version = parts.version;
    this.client = this.clientFor(parts.spec.directory);
    this.exited = new Promise((resolve) => {
      const end = (how: string) => {
        this.alive = false;
        parts.grant[Symbol.dispose]();
        resolve(this.#overuse ?? how);
      };
      parts.child.once("error", (error) => end(`it could not be started (${error.message})`));
      parts.child.once("exit", (code, signal) =>
        end(signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`),
      );
    });
    parts.child.stdout?.resume();
    parts.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-stderrTailLength);
    });
  }

  /** The last that the server wrote to its error stream, without secrets. */
  get stderrTail(): string {
    return this.redact(this.#stderrTail.trim());
  }

  clientFor(directory: string): OpencodeClient {
    const { port, password } = this.#parts;
    return createOpencodeClient({
      baseUrl: `http://127.0.0.1:${port}`,
      directory,
      headers: { Authorization: `Basic ${Buffer.from(`${serverUser}:${password}`).toString("base64")}` },
    });
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#parts.child.pid;
  }

  /** Ends it with everything beneath it, because it used more than it may. */
  endForOveruse(how: string): void {
    this.#overuse ??= how;
    void this[Symbol.asyncDispose]();
  }

  modelFault(): ModelFault | null {
    return this.#parts.grant.fault();
  }

  redact(text: string): string {
    return text
      .replaceAll(this.#parts.password, "[redacted]")
      .replaceAll(this.#parts.grant.token, "[redacted]");
  }

  /** Ends the server and every command that it left. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { child } = this.#parts;
    if (this.alive) {
      child.kill("SIGTERM");
      await this.#exitWithin(termDeadlineMs);
    }
    if (this.alive) {
      child.kill("SIGKILL");
      await this.#exitWithin(killDeadlineMs);
    }
    child.stdout?.destroy();
    child.stderr?.destroy();
    await reapMarked(instanceMarker, this.#parts.instanceId);
  }

  async #exitWithin(deadlineMs: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([
      this.exited,
      delay(deadlineMs, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
  }
}
