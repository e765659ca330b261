/**
 * An `opencode serve` of the agent's own, on the loopback interface, with a password that only this process knows. It is started again
 * when it ends, and ended with the agent.
 *
 * It runs with the user's own environment and settings, since it is the user's workspace; only what belongs to Drover is kept
 * from it, above all the key.
 */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, RunningProcess } from "@drover/processes";
import type { TunnelTarget } from "@drover/tunnel";
import { z } from "zod";
import { Backoff } from "./backoff.ts";
import {
  askOpenCode,
  basicOf,
  type OpenCodeServer,
  OpenCodeUnavailable,
  versionOf,
} from "./open-code-server.ts";

export interface StartOptions {
  /** Path, or a name that is looked for on PATH. */
  readonly binary: string;
  /** The workspace. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For its log, and its own settings and sessions where those are private. */
  readonly stateDirectory: string;
  /** Gives it settings, sessions and caches of its own instead of the user's. */
  readonly privateState: boolean;
  readonly say: (line: string) => void;
}

const startDeadlineMs = 45_000;
const probePauseMs = 150;
const probeDeadlineMs = 2_000;
const stopGraceMs = 3_000;
const abortDeadlineMs = 2_000;
const statuses = z.record(z.string(), z.object({ type: z.string() }));

export class StartedServer implements OpenCodeServer {
  readonly #options: StartOptions;
  readonly #stopping = new AbortController();
  #process: RunningProcess | null = null;
  #target: TunnelTarget | null = null;
  #supervised: Promise<void> = Promise.resolve();

  private constructor(options: StartOptions) {
    this.#options = options;
  }

  /** @throws OpenCodeUnavailable when it does not come up */
  static async start(options: StartOptions, signal: AbortSignal): Promise<StartedServer> {
    const server = new StartedServer(options);
    const giveUp = () => server.#stopping.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await server.#launch();
      server.#supervised = server.#supervise();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  target(): TunnelTarget | null {
    return this.#target;
  }

  async #launch(): Promise<void> {
    const { binary, directory, stateDirectory } = this.#options;
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    const logFile = join(stateDirectory, "opencode.log");
    const port = await freePort();
    const password = randomBytes(24).toString("base64url");
    const running = await RunningProcess.launch({
      command: binary,
      args: ["serve", "--hostname", "127.0.0.1", "--port", String(port)],
      environment: this.#environment(password),
      cwd: directory,
      logFile,
    }).catch((error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? "it is not there; name it with --opencode" : error.message;
      throw new OpenCodeUnavailable(`${binary} cannot be started: ${why}`);
    });
    this.#process = running;
    const target = { host: "127.0.0.1", port, authorization: basicOf(password) };
    const endMs = Date.now() + startDeadlineMs;
    for (;;) {
      if (running.ending !== null)
        throw new OpenCodeUnavailable(`opencode serve has ended; its log is ${logFile}`);
      const healthy = await versionOf(target, probeDeadlineMs).then(
        () => true,
        () => false,
      );
      if (healthy) break;
      if (Date.now() > endMs || this.#stopping.signal.aborted) {
        await running.stop(stopGraceMs);
        throw new OpenCodeUnavailable(
          `opencode serve did not answer within ${startDeadlineMs / 1000} seconds; its log is ${logFile}`,
        );
      }
      await sleep(probePauseMs);
    }
    this.#target = target;
  }

  #environment(password: string): Record<string, string> {
    const { environment, stateDirectory, privateState } = this.#options;
    const seen = Object.entries(environment).filter(([name]) => !name.startsWith("DROVER_"));
    const own = ["config", "data", "cache", "state"].map((name) => [
      `XDG_${name.toUpperCase()}_HOME`,
      join(stateDirectory, name),
    ]);
    return {
      ...Object.fromEntries(seen.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      ...(privateState ? Object.fromEntries(own) : {}),
      OPENCODE_SERVER_PASSWORD: password,
    };
  }

  /** Until it is disposed. */
  async #supervise(): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff({ firstMs: 500, maxMs: 30_000 });
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      await Promise.race([this.#process?.ended, stopped]);
      this.#target = null;
      if (signal.aborted) return;
      this.#options.say("OpenCode has ended; it is started again.");
      await backoff.pause(signal);
      if (signal.aborted) return;
      await this.#launch().then(
        () => backoff.reset(),
        (error: unknown) => this.#options.say(error instanceof Error ? error.message : String(error)),
      );
    }
  }

  /** What a command of the agent started would outlive the server, so running work is aborted first. */
  async [Symbol.asyncDispose](): Promise<void> {
    const target = this.#target;
    this.#stopping.abort();
    if (target !== null && this.#process?.ending === null) await abortSessions(target);
    await this.#supervised;
    await this.#process?.stop(stopGraceMs);
  }
}

async function abortSessions(target: TunnelTarget): Promise<void> {
  try {
    const { text } = await askOpenCode(target, "GET", "/session/status", abortDeadlineMs);
    const busy = Object.entries(statuses.parse(JSON.parse(text))).filter(([, { type }]) => type !== "idle");
    await Promise.all(
      busy.map(([id]) =>
        askOpenCode(target, "POST", `/session/${encodeURIComponent(id)}/abort`, abortDeadlineMs),
      ),
    );
  } catch {
    // It is ended all the same.
  }
}
