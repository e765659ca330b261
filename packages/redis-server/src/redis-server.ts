/**
 * A Redis of our own: a process with its own directory, port and password, that can be killed and started again on the
 * same data, as a machine's crash would do.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, lastLines, processEntry, RunningProcess } from "@drover/processes";
import { awaitPortClosed, awaitRedis } from "./await-redis.ts";
import { prepareRedis, type RedisSetup } from "./redis-launch.ts";
import type { OwnRedisSource } from "./redis-source.ts";

/** It did not answer in time; the message holds the last lines of its log. */
export class RedisStartFailed extends Error {
  override readonly name = "RedisStartFailed";
}

export interface RedisServerOptions {
  readonly source: OwnRedisSource;
  /** Made when it is not there; stays when the server stops. */
  readonly directory: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Whether each write is on disk before it is acknowledged. Default: true. */
  readonly appendOnly?: boolean;
  /** Default: a random one. */
  readonly password?: string;
  /** Further lines of its configuration file, e.g. `cluster-enabled yes`. */
  readonly directives?: readonly string[];
  /** How long a start may take, loading included. Default: 30 s. */
  readonly startDeadlineMs?: number;
  /** Called when it ends although nobody asked it to; `restart` brings it back. */
  readonly onDeath?: () => void;
}

const startDeadlineMs = 30_000;
const stopGraceMs = 5_000;
const portClosedDeadlineMs = 10_000;
/** Longer than a guardian's patience with what a killed process left. */
const formerServerDeadlineMs = 8_000;
/** A free port can be taken between the asking and the listening. */
const portTries = 5;

export class RedisServer implements AsyncDisposable {
  readonly #setup: RedisSetup;
  readonly #startDeadlineMs: number;
  readonly #onDeath: (() => void) | undefined;
  #process: RunningProcess;
  /** Whether its end is somebody's wish. */
  #stopping = false;

  private constructor(setup: RedisSetup, options: RedisServerOptions, running: RunningProcess) {
    this.#setup = setup;
    this.#startDeadlineMs = options.startDeadlineMs ?? startDeadlineMs;
    this.#onDeath = options.onDeath;
    this.#process = running;
    this.#watch(running);
  }

  /** @throws RedisStartFailed */
  static async start(options: RedisServerOptions): Promise<RedisServer> {
    const directory = resolve(options.directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const deadlineMs = options.startDeadlineMs ?? startDeadlineMs;
    await awaitFormerServer(directory, Math.min(deadlineMs, formerServerDeadlineMs));
    for (let tries = options.port === undefined ? portTries : 1; ; tries -= 1) {
      const setup: RedisSetup = {
        source: options.source,
        directory,
        port: options.port ?? (await freePort()),
        password: options.password ?? randomBytes(24).toString("hex"),
        appendOnly: options.appendOnly ?? true,
        directives: options.directives ?? [],
      };
      try {
        const running = await launch(setup, deadlineMs);
        return new RedisServer(setup, options, running);
      } catch (error) {
        if (tries <= 1) throw error;
      }
    }
  }

  /** With the password in it. */
  get url(): string {
    return urlOf(this.#setup);
  }

  get port(): number {
    return this.#setup.port;
  }

  get directory(): string {
    return this.#setup.directory;
  }

  /** Of the server, or of the `docker` command that holds its container. */
  get pid(): number {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.ending === null;
  }

  /** To the server; a container is signalled through its `docker` command, which knows no SIGSTOP. */
  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** SIGKILL; resolves when it is gone and its port is closed. */
  async kill(): Promise<void> {
    this.#stopping = true;
    await this.#process.kill();
    await awaitPortClosed(this.#setup.port, portClosedDeadlineMs);
  }

  /**
   * Starts it again on the same port, data and password; stops it first when it runs.
   * @throws RedisStartFailed
   */
  async restart(): Promise<void> {
    await this.stop();
    this.#process = await launch(this.#setup, this.#startDeadlineMs);
    this.#stopping = false;
    this.#watch(this.#process);
  }

  /** SIGTERM, then SIGKILL; the data stay. Calling it again is harmless. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#process.stop(stopGraceMs);
    await awaitPortClosed(this.#setup.port, portClosedDeadlineMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #watch(running: RunningProcess): void {
    void running.ended.then(() => {
      if (!this.#stopping) this.#onDeath?.();
    });
  }
}

/** Two servers on one directory would destroy its data: waits for the end of one that is on its way out. */
async function awaitFormerServer(directory: string, deadlineMs: number): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  const pid = Number(await readFile(join(directory, "redis.pid"), "utf8").catch(() => "0"));
  while (pid > 0 && /redis|valkey/.test((await processEntry(pid))?.command ?? "")) {
    if (Date.now() > endMs) {
      throw new RedisStartFailed(`Another Redis (process ${pid}) works on ${directory}. Stop it first.`);
    }
    await sleep(100);
  }
}

function urlOf(setup: RedisSetup): string {
  return `redis://:${setup.password}@127.0.0.1:${setup.port}`;
}

async function launch(setup: RedisSetup, deadlineMs: number): Promise<RunningProcess> {
  const prepared = await prepareRedis(setup);
  const running = await RunningProcess.launch(prepared);
  if (await awaitRedis(urlOf(setup), deadlineMs, () => running.ending !== null)) return running;
  await running.kill();
  const log = await readFile(join(setup.directory, "redis.log"), "utf8").catch(() => "");
  throw new RedisStartFailed(
    `Redis did not start on port ${setup.port}. Its log ends with:\n${lastLines(log, 5)}`,
  );
}
