/** Keeps a process running: starts it again when it ends, later and later while it keeps ending. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Ending, type Launch, RunningProcess } from "@drover/processes";
import type { Say } from "@drover/redis-server";
import { type Backoff, backoffMs, serviceBackoff } from "./backoff.ts";

export interface SupervisedOptions {
  readonly name: string;
  /** Where it writes; named when it keeps ending. */
  readonly logFile: string;
  /** Asked before every start, so that a port that was taken in between can be another one. */
  readonly launch: () => Promise<Launch>;
  /** Whether the process can serve now. Must answer within a second or so. */
  readonly isReady: () => Promise<boolean>;
  /** How long a stop waits before it kills, in milliseconds. */
  readonly graceMs: number;
  readonly say: Say;
  readonly backoff?: Backoff;
}

const pollMs = 50;
const restartDeadlineMs = 60_000;
const failuresUntilLog = 3;

export class SupervisedProcess implements AsyncDisposable {
  readonly name: string;
  readonly #options: SupervisedOptions;
  #process: RunningProcess | undefined;
  #supervision: Promise<void> | undefined;
  #stopping = new AbortController();
  #failures = 0;
  #lastEnding: string | null = null;
  /** The process that was last told to end by us. */
  #killedPid: number | null = null;

  constructor(options: SupervisedOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Null while it waits for its next start, or is stopped. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Ends in a row that nobody asked for. */
  get failures(): number {
    return this.#failures;
  }

  /** How it last ended, in words; null when it never did. */
  get lastEnding(): string | null {
    return this.#lastEnding;
  }

  /** Starts it, and from then on keeps it running. Does nothing when it does so already. */
  start(): void {
    if (this.#supervision !== undefined) return;
    this.#stopping = new AbortController();
    this.#supervision = this.#supervise(this.#stopping.signal);
  }

  /** Sends a signal to the process; if it ends of it, it is started again. */
  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#killedPid = this.pid;
    this.#process?.signal(signal);
  }

  /** Ends it and keeps it so until `start`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop(this.#options.graceMs);
    await this.#supervision;
    this.#supervision = undefined;
  }

  async isReady(): Promise<boolean> {
    return this.#process !== undefined && (await this.#options.isReady());
  }

  /**
   * Waits until another process than the one that was last killed (or than `afterPid`) serves; answers its id.
   * @throws Error when it does not in time
   */
  async waitRestarted(options: { afterPid?: number | null; deadlineMs?: number } = {}): Promise<number> {
    const former = options.afterPid ?? this.#killedPid;
    const deadlineMs = options.deadlineMs ?? restartDeadlineMs;
    const endMs = Date.now() + deadlineMs;
    while (Date.now() < endMs) {
      const { pid } = this;
      if (pid !== null && pid !== former && (await this.isReady())) return pid;
      await sleep(pollMs);
    }
    const ending = this.#lastEnding === null ? "" : ` It ended last with ${this.#lastEnding}.`;
    throw new Error(`${this.name} does not serve again after ${deadlineMs} ms.${ending}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #supervise(stopping: AbortSignal): Promise<void> {
    const backoff = this.#options.backoff ?? serviceBackoff;
    this.#failures = 0;
    while (!stopping.aborted) {
      const startMs = Date.now();
      const asked = await this.#runOnce(stopping);
      if (stopping.aborted) return;
      if (asked || Date.now() - startMs >= backoff.stableMs) this.#failures = 0;
      if (!asked) this.#failures += 1;
      const waitMs = backoffMs(backoff, Math.max(1, this.#failures));
      if (!asked) this.#report(waitMs);
      await sleep(waitMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  /** Answers whether we made it end. */
  async #runOnce(stopping: AbortSignal): Promise<boolean> {
    try {
      const running = await RunningProcess.launch(await this.#options.launch());
      this.#process = running;
      if (stopping.aborted) await running.stop(this.#options.graceMs);
      this.#lastEnding = describe(await running.ended);
      return running.pid === this.#killedPid;
    } catch (error) {
      this.#lastEnding = error instanceof Error ? error.message : String(error);
      return false;
    } finally {
      this.#process = undefined;
    }
  }

  #report(waitMs: number): void {
    const times = this.#failures > 1 ? ` ${this.#failures} times in a row` : "";
    const log = this.#failures >= failuresUntilLog ? `; see ${this.#options.logFile}` : "";
    const wait = `${(waitMs / 1000).toFixed(1)} s`;
    this.#options.say(
      `${this.name} ended${times} (${this.#lastEnding}); it is started again in ${wait}${log}`,
    );
  }
}

function describe({ code, signal }: Ending): string {
  return signal === null ? `exit code ${code}` : signal;
}
