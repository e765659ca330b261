/** One agent as one worker serves it: its consumer, the runner of its tasks, its circuit, and its entry in the registry. */
import type { Logger } from "@drover/observability";
import { Consumer, type JobOutcome, type Shard, type Store } from "@drover/queue";
import type { Agent } from "./agent.ts";
import { AgentPresence } from "./agent-presence.ts";
import { CircuitGuard } from "./circuit-guard.ts";
import type { TaskMetrics } from "./task-metrics.ts";
import { TaskRunner } from "./task-runner.ts";

export interface ServedAgentOptions {
  readonly store: Store;
  readonly agent: Agent;
  readonly service: string;
  readonly workerName: string;
  readonly concurrency: number;
  readonly lockMs: number;
  readonly logger: Logger;
  readonly metrics: TaskMetrics;
}

export class ServedAgent implements AsyncDisposable {
  readonly consumer: Consumer;
  readonly runner: TaskRunner;
  readonly name: string;
  readonly #circuit: CircuitGuard;
  readonly #presence: AgentPresence;

  constructor(options: ServedAgentOptions) {
    const { store, agent, workerName, concurrency, lockMs } = options;
    this.name = agent.name;
    this.runner = new TaskRunner({
      ...options,
      attempted: (taskId, failure) => this.#circuit.attempted(taskId, failure),
    });
    this.consumer = new Consumer({
      store,
      queue: agent.name,
      concurrency,
      lockMs,
      claimArguments: (shard) => this.runner.claimArguments(shard),
      handle: (shard, jobId, signal, claimed) => this.#handle(shard, jobId, signal, claimed),
    });
    const { intake } = this.consumer;
    const active = () => this.consumer.active;
    this.#circuit = new CircuitGuard({ store, agent: agent.descriptor, workerName, intake, active });
    this.#presence = new AgentPresence({ ...options, active, held: () => intake.reasons });
  }

  /** Somebody says that its circuit has changed. */
  circuitChanged(): void {
    void this.#circuit.look();
  }

  async #handle(shard: Shard, taskId: string, lockLost: AbortSignal, claimed: unknown): Promise<JobOutcome> {
    const untilMs = this.#circuit.admit(taskId);
    if (untilMs !== null) {
      return claimed === undefined
        ? { kind: "later", untilMs }
        : await this.runner.giveBack(shard, taskId, claimed, untilMs);
    }
    try {
      return await this.runner.handle(shard, taskId, lockLost, claimed);
    } finally {
      this.#circuit.left(taskId);
    }
  }

  /** Stop its intake, wait, and abort what runs before this. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#presence[Symbol.asyncDispose]();
    await this.#circuit[Symbol.asyncDispose]();
    await this.consumer[Symbol.asyncDispose]();
  }
}
