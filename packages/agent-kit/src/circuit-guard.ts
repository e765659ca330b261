/**
 * Keeps one agent of one worker to the fleet's circuit: while it is open this worker takes no tasks of that agent, so they
 * wait in their queue and cost nothing; the worker that may try takes one at a time.
 *
 * While all is well it costs nothing either: nothing is written or read for a task that succeeds.
 */
import type { AgentDescriptor } from "@drover/contracts";
import type { TaskFailure } from "@drover/errors";
import { type CircuitRow, Circuits, circuitOf, type Intake, type Store } from "@drover/queue";
import { askedToWaitMs, countsForCircuit } from "./circuit-failures.ts";

export interface CircuitGuardOptions {
  readonly store: Store;
  readonly agent: AgentDescriptor;
  readonly workerName: string;
  readonly intake: Intake;
  /** How many tasks of the agent run here. */
  readonly active: () => number;
}

/** How often it looks by itself, should nobody have told it of a change. */
const lookMs = 2_000;
/** How long nobody else tries when the one that does falls silent. */
const leaseMs = 5 * lookMs;
const reason = "its circuit is open";
const closed: CircuitRow = { state: "closed", untilMs: null, failures: 0 };

export class CircuitGuard implements AsyncDisposable {
  readonly #options: CircuitGuardOptions;
  readonly #circuits: Circuits;
  readonly #timer: NodeJS.Timeout;
  #row = closed;
  /** Whether this worker is the one that tries. */
  #mine = false;
  /** The task by which it tries. */
  #trying: string | null = null;
  #tried: NodeJS.Timeout | undefined;
  #due: NodeJS.Timeout | undefined;
  #disposed = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: CircuitGuardOptions) {
    this.#options = options;
    this.#circuits = new Circuits(options.store);
    this.#timer = setInterval(() => this.look(), lookMs);
    this.#timer.unref();
    void this.look();
  }

  /**
   * Whether a task that was taken may start.
   * @returns null when it may, else when it should be taken again, in milliseconds since the epoch
   */
  admit(taskId: string): number | null {
    const { state, untilMs } = this.#row;
    if (state === "closed") return null;
    const laterMs = Date.now() + 500 + Math.random() * 1_000;
    if (!this.#mine) return Math.max(untilMs ?? 0, laterMs);
    if (this.#trying !== null && this.#trying !== taskId) return laterMs;
    this.#try(taskId);
    return null;
  }

  /** To be told what came of an attempt; null: it succeeded. Never throws. */
  async attempted(taskId: string, failure: TaskFailure | null): Promise<void> {
    const { agent, store, workerName } = this.#options;
    try {
      if (failure === null) {
        if (this.#row.state === "closed" && this.#row.failures === 0) return;
        await this.#circuits.succeeded(agent.name);
      } else if (countsForCircuit(failure)) {
        await this.#circuits.failed(agent, {
          taskId,
          worker: workerName,
          reason: `${failure.code}: ${failure.message}`.slice(0, 500),
          retryAfterMs: askedToWaitMs(failure),
        });
      } else return;
      await this.look();
    } catch (error) {
      store.logger.warn({ err: error }, "a circuit was not told of an attempt");
    }
  }

  /** To be told when a task that was admitted has left, whatever came of it. */
  left(taskId: string): void {
    if (this.#trying === taskId) this.#trying = null;
  }

  /** Looks how the circuit is, after those looks that were asked for before. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      try {
        if (!this.#disposed) await this.#read();
      } catch (error) {
        this.#options.store.logger.debug({ err: error }, "a circuit could not be read");
      }
    });
    return this.#looking;
  }

  async #read(): Promise<void> {
    const { agent, workerName, intake } = this.#options;
    const row = await this.#circuits.read(agent.name);
    const due = row.state === "half_open" || (row.state === "open" && (row.untilMs ?? 0) <= Date.now());
    this.#mine = due && (await this.#circuits.probe(agent.name, workerName, leaseMs));
    if (row.state !== this.#row.state) this.#tell(row);
    this.#row = row;
    if (!this.#mine) this.#trying = null;
    if (row.state === "closed") intake.narrow(null);
    // Those that still run from before keep their places.
    else if (this.#mine && this.#trying === null) intake.narrow(this.#options.active() + 1);
    if (row.state === "closed" || this.#mine) await intake.release(reason);
    else await intake.hold(reason);
    this.#lookWhenDue(due ? null : row.untilMs);
  }

  #lookWhenDue(untilMs: number | null): void {
    clearTimeout(this.#due);
    if (untilMs === null || this.#disposed) return;
    const waitMs = Math.max(0, untilMs - Date.now()) + Math.random() * 100;
    this.#due = setTimeout(() => this.look(), waitMs);
    this.#due.unref();
  }

  /** A try that has not failed after a while is a success: a task may well take an hour. */
  #try(taskId: string): void {
    this.#trying = taskId;
    clearTimeout(this.#tried);
    this.#tried = setTimeout(() => {
      if (this.#trying === taskId) void this.attempted(taskId, null);
    }, circuitOf(this.#options.agent).probeMs);
    this.#tried.unref();
  }

  #tell({ state, untilMs }: CircuitRow): void {
    const { store, agent } = this.#options;
    const until = untilMs === null ? undefined : new Date(untilMs).toISOString();
    store.logger.warn({ agent: agent.name, state, until }, "the circuit of an agent changed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#due);
    clearTimeout(this.#tried);
    await this.#looking;
  }
}
