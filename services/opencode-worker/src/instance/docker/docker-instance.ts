/** One OpenCode server in a container: its client, its end, and how it is brought to an end. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, removeContainer, statusOf } from "@drover/docker-engine";
import { toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { createOpencodeClient, type OpencodeClient } from "@opencode-ai/sdk/v2";
import type Docker from "dockerode";
import type { ModelGrant } from "../../model/model-relay.ts";
import { isHealthy } from "../health-probe.ts";
import type { Instance, InstanceSpec, ModelFault } from "../instance-runtime.ts";
import { serverUser } from "../process-instance.ts";
import type { OutputTail } from "./output-tail.ts";
import { serverSocket } from "./server-command.ts";
import { openSocket, type SocketClient } from "./socket-client.ts";

const removeDeadlineMs = 10_000;
const goneEveryMs = 50;
const engineRetryMs = 1_000;
const probeDeadlineMs = 2_000;

export interface DockerInstanceParts {
  readonly spec: InstanceSpec;
  readonly version: string;
  readonly engine: Engine;
  readonly container: Docker.Container;
  /** What the container writes. */
  readonly output: OutputTail;
  /** Holds the server's socket once it listens. */
  readonly serverFolder: string;
  readonly password: string;
  readonly grant: ModelGrant;
  readonly logger: Logger;
}

export class DockerInstance implements Instance {
  readonly spec: InstanceSpec;
  readonly client: OpencodeClient;
  readonly exited: Promise<string>;
  readonly version: string;
  alive = true;
  readonly #parts: DockerInstanceParts;
  readonly #disposed = new AbortController();
  #socket: SocketClient | null = null;
  #end: (how: string) => void = () => {};
  #stopped: Promise<void> | null = null;

  constructor(parts: DockerInstanceParts) {
    this.#parts = parts;
    this.spec = parts.spec;
    this.version = parts.version;
    this.client = this.clientFor(parts.spec.directory);
    this.exited = new Promise((resolve) => {
      this.#end = (how) => {
        this.alive = false;
        parts.grant[Symbol.dispose]();
        resolve(how);
      };
    });
    void this.#await();
  }

  /** The last that its processes wrote, without secrets. */
  get outputTail(): string {
    return this.redact(this.#parts.output.text);
  }

  clientFor(directory: string): OpencodeClient {
    const credential = Buffer.from(`${serverUser}:${this.#parts.password}`).toString("base64");
    return createOpencodeClient({
      baseUrl: "http://instance",
      directory,
      fetch: (input, init) => this.#fetch(input, init),
      headers: { Authorization: `Basic ${credential}` },
    });
  }

  modelFault(): ModelFault | null {
    return this.#parts.grant.fault();
  }

  redact(text: string): string {
    return text
      .replaceAll(this.#parts.password, "[redacted]")
      .replaceAll(this.#parts.grant.token, "[redacted]");
  }

  async #fetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    if (this.#disposed.signal.aborted) throw new TypeError("the instance has been ended");
    this.#socket ??= await openSocket(join(this.#parts.serverFolder, serverSocket));
    if (this.#socket === null) throw new TypeError("the server does not listen yet");
    return await this.#socket.fetch(input, init);
  }

  /** Follows the container until it has ended, over losses of the engine. */
  async #await(): Promise<void> {
    const { container, logger } = this.#parts;
    while (this.alive && !this.#disposed.signal.aborted) {
      try {
        const { StatusCode: code } = await container.wait({ abortSignal: this.#disposed.signal });
        return this.#end(
          code === 137
            ? "its container was killed, perhaps for its memory"
            : `its container ended with code ${code}`,
        );
      } catch (error) {
        if (this.#disposed.signal.aborted) return;
        if (statusOf(error) === 404) return this.#end("its container is gone");
        logger.debug({ err: toError(error) }, "the engine does not say how a container is");
        if (this.#socket !== null && !(await isHealthy(this, probeDeadlineMs)))
          return this.#end("neither it nor the Docker engine answers");
        await wait(engineRetryMs);
      }
    }
  }

  /** Removes the container with everything that runs in it. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { engine, container, output, serverFolder } = this.#parts;
    this.#disposed.abort();
    output[Symbol.dispose]();
    await this.#socket?.[Symbol.asyncDispose]();
    try {
      await removeUntilGone(engine, container.id);
    } finally {
      this.#end("it was ended by its worker");
      await rm(serverFolder, { recursive: true, force: true });
    }
  }
}

/** @throws the engine's failure; then the container's own watch ends it, or the next start of the worker does */
export async function removeUntilGone(engine: Engine, idOrName: string): Promise<void> {
  const deadline = AbortSignal.timeout(removeDeadlineMs);
  for (;;) {
    await removeContainer(engine, idOrName, deadline);
    const there = await engine.call("look at the container", deadline, async (abortSignal) => {
      try {
        await engine.docker.getContainer(idOrName).inspect({ abortSignal });
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    });
    if (!there) return;
    await wait(goneEveryMs);
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
