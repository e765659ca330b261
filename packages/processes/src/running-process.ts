/**
 * A child process in a process group of its own: it writes to a log file, ends with its whole group, and does not stay
 * behind when this process is killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { guardGroup, releaseGroup } from "./guardian.ts";

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where stdout and stderr go; appended. */
  readonly logFile: string;
  /** Keeps a pipe to the child's stdin open for as long as this process lives. */
  readonly holdStdin?: boolean;
}

/** How a process ended: one of the two is not null. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class RunningProcess implements AsyncDisposable {
  readonly pid: number;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<Ending>;
  #ending: Ending | undefined;

  private constructor(pid: number, child: ChildProcess) {
    this.pid = pid;
    guardGroup(pid);
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#ending = { code, signal };
        // What the process left in its group would be nobody's.
        this.#signalGroup("SIGKILL");
        releaseGroup(pid);
        resolve(this.#ending);
      });
    });
  }

  /** @throws the system's error when the command cannot be started */
  static async launch(launch: Launch): Promise<RunningProcess> {
    await mkdir(dirname(launch.logFile), { recursive: true });
    const log = await open(launch.logFile, "a", 0o600);
    try {
      const child = spawn(launch.command, launch.args, {
        cwd: launch.cwd,
        env: { ...launch.environment },
        detached: true,
        stdio: [launch.holdStdin === true ? "pipe" : "ignore", log.fd, log.fd],
      });
      child.stdin?.on("error", () => undefined);
      if (child.pid !== undefined) return new RunningProcess(child.pid, child);
      const [error] = await once(child, "error");
      throw error;
    } finally {
      await log.close();
    }
  }

  /** Null while it runs. */
  get ending(): Ending | null {
    return this.#ending ?? null;
  }

  /** Sends a signal to the process itself, as `kill` in a shell does. */
  signal(signal: NodeJS.Signals): void {
    if (this.#ending !== undefined) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has just ended.
    }
  }

  /** Kills the whole group and waits until the process is gone. */
  async kill(): Promise<Ending> {
    this.#signalGroup("SIGKILL");
    return await this.ended;
  }

  /** Asks the process to end, waits `graceMs`, then kills its whole group. Calling it again is harmless. */
  async stop(graceMs: number): Promise<Ending> {
    this.signal("SIGTERM");
    const patience = new AbortController();
    const inTime = await Promise.race([
      this.ended.then(() => true),
      sleep(graceMs, false, { signal: patience.signal }).catch(() => false),
    ]);
    patience.abort();
    return inTime ? await this.ended : await this.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(5_000);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // No process is left in the group.
    }
  }
}
