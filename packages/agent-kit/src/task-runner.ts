/**
 * The life of a task in a worker: claim, with all that it needs ▸ execute ▸ write the outcome ▸ advance the run ▸ answer BullMQ.
 *
 * The ledger decides, BullMQ carries: whatever dies between two of these steps is run again by the next delivery, which
 * finds in the ledger how far the last one came.
 */
import type { Payload } from "@drover/contracts";
import {
  CancelledFailure,
  CapacityFailure,
  PermanentFailure,
  RetryableFailure,
  type TaskFailure,
} from "@drover/errors";
import { type Logger, SpanKind, withCorrelation, withSpan } from "@drover/observability";
import {
  claimArguments,
  claimOutcome,
  claimTask,
  type ExpiryCode,
  expiryMessage,
  type JobOutcome,
  renewSlot,
  type Shard,
  type SlotAddress,
  type Store,
  type TaskClaim,
  wakeIfCalled,
  wakeIfDue,
} from "@drover/queue";
import { RunEngine } from "@drover/workflow";
import type { Agent } from "./agent.ts";
import { agentTask } from "./agent-task.ts";
import { askPerson } from "./ask-person.ts";
import { runAttempt } from "./attempt.ts";
import { AttemptSpending } from "./attempt-spending.ts";
import { BatchCollector } from "./batch-collector.ts";
import { ReportBuffer } from "./report-buffer.ts";
import { TaskEnding, taskErrorOf } from "./task-ending.ts";
import type { TaskMetrics } from "./task-metrics.ts";

export interface TaskRunnerOptions {
  readonly store: Store;
  readonly agent: Agent;
  readonly workerName: string;
  readonly lockMs: number;
  readonly logger: Logger;
  readonly metrics: TaskMetrics;
  /** Told what came of each attempt; null: it succeeded. Must not throw. */
  readonly attempted: (taskId: string, failure: TaskFailure | null) => Promise<void>;
}

export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #engine: RunEngine;
  readonly #ending: TaskEnding;
  readonly #batches: BatchCollector;
  /** How long a dead worker's tasks keep their workspaces. */
  readonly #slotLeaseMs: number;
  readonly #running = new Map<string, AbortController>();

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.#engine = new RunEngine(options.store);
    this.#batches = new BatchCollector(options.agent);
    this.#ending = new TaskEnding(options.store, this.#engine, options.logger);
    this.#slotLeaseMs = options.lockMs * 2;
  }

  /** Ids of the tasks that run here. */
  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** Stops the task if it runs here. */
  cancel(taskId: string): void {
    this.#stop(taskId, new CancelledFailure());
  }

  #stop(taskId: string, reason: TaskFailure): void {
    const running = this.#running.get(taskId);
    if (running === undefined) this.#options.agent.abandon?.(taskId);
    else running.abort(reason);
  }

  /** Stops the task for good if it runs here: its time is over. */
  expire(taskId: string, code: ExpiryCode): void {
    const failure = new PermanentFailure(
      code,
      "The time of the task as a whole was over during its attempt.",
    );
    this.#stop(taskId, failure);
  }

  /** Stops everything that runs here; each task goes back to its queue and spends no attempt. */
  abortAll(): void {
    for (const controller of this.#running.values()) {
      controller.abort(
        new CapacityFailure("shutting_down", "The worker is shutting down.", { retryAfterMs: 0 }),
      );
    }
  }

  /** What a consumer claims with; see `ConsumerOptions`. */
  claimArguments(shard: Shard): (string | number)[] {
    return claimArguments(shard, this.#options.workerName, this.#leaseMs);
  }

  /** How long a task of this agent keeps its workspace without a renewal; null: it needs none. */
  get #leaseMs(): number | null {
    return this.#options.agent.descriptor.workspace === "required" ? this.#slotLeaseMs : null;
  }

  /**
   * Handles one delivery of a task's job.
   * @param claimed what its claim answered when the job was handed out; undefined: it is claimed here
   */
  async handle(shard: Shard, taskId: string, lockLost: AbortSignal, claimed?: unknown): Promise<JobOutcome> {
    const { agent, store, workerName } = this.#options;
    const outcome =
      claimed === undefined
        ? await claimTask(store, shard, taskId, workerName, this.#leaseMs)
        : await claimOutcome(store, shard, claimed);
    switch (outcome.kind) {
      case "missing":
        return { kind: "dead", reason: "The ledger does not know this task." };
      case "final":
      case "cancelled":
        return await this.#ending.settled(
          shard,
          taskId,
          outcome.kind === "final" ? outcome.status : "cancelled",
        );
      case "parked": {
        const { line, untilMs } = outcome;
        const parked = { id: taskId, agent: agent.name, line };
        return { kind: "later", untilMs, delayed: () => wakeIfCalled(store, shard, parked) };
      }
      case "exhausted": {
        const lost = new RetryableFailure(
          "worker_lost",
          "The worker died or lost its hold on the task in every attempt.",
        );
        return await this.#ending.fail(outcome.claim, taskErrorOf(lost, outcome.claim.attempt, false));
      }
      case "expired": {
        const { claim, code } = outcome;
        const over = new PermanentFailure(code, expiryMessage(code, claim.spec));
        return await this.#ending.fail(claim, taskErrorOf(over, claim.attempt, false));
      }
      case "claimed":
        return await this.#inContext(outcome.claim, () =>
          this.#attempt(outcome.claim, lockLost, claimed !== undefined),
        );
    }
  }

  /** A task that was claimed with its job and may not start after all: it is tried again at `untilMs` and spends no attempt. */
  async giveBack(shard: Shard, taskId: string, claimed: unknown, untilMs: number): Promise<JobOutcome> {
    const outcome = await claimOutcome(this.#options.store, shard, claimed);
    if (outcome.kind === "claimed") await outcome.claim.defer(null, untilMs, true);
    else this.#options.logger.debug({ task_id: taskId, claim: outcome.kind }, "looked at again later");
    return { kind: "later", untilMs };
  }

  async #inContext<T>(claim: TaskClaim, work: () => Promise<T>): Promise<T> {
    const { spec } = claim;
    const correlation = {
      task_id: spec.id,
      ...(spec.workflow_id === null ? {} : { workflow_id: spec.workflow_id }),
      ...(spec.step_id === null ? {} : { step_id: spec.step_id }),
    };
    const attributes = {
      "drover.task.id": spec.id,
      "drover.agent": spec.agent,
      "drover.attempt": claim.attempt,
    };
    const action = String(spec.payload["action"] ?? spec.type);
    const options = { kind: SpanKind.CONSUMER, attributes, traceparent: spec.traceparent };
    return await withCorrelation(correlation, () => withSpan(`task ${spec.agent} ${action}`, options, work));
  }

  /** @param withJob whether the outcome may be written with the completion of the job */
  async #attempt(claim: TaskClaim, lockLost: AbortSignal, withJob: boolean): Promise<JobOutcome> {
    const { agent, logger, metrics, store } = this.#options;
    const slot = slotOf(agent, claim);
    const controller = new AbortController();
    const loseLock = () =>
      controller.abort(new RetryableFailure("lock_lost", "The worker lost its hold on the task."));
    lockLost.addEventListener("abort", loseLock, { once: true });
    this.#running.set(claim.spec.id, controller);
    const heartbeat = setInterval(
      () => this.#beat(claim, slot, controller),
      Math.max(250, this.#options.lockMs / 3),
    );
    const reports = new ReportBuffer(claim, logger, loseLock);
    const spending = new AttemptSpending(claim, logger);
    const startedMs = Date.now();
    try {
      logger.info({ attempt: claim.attempt }, "task started");
      const outcome = await runAttempt({
        execute: (executed, context) => this.#batches.execute(executed, context),
        task: () => agentTask(store, claim, this.#engine.specs, agent.descriptor),
        timeoutMs: claim.spec.timeout_seconds * 1000,
        silenceMs: inMs(claim.spec.heartbeat_timeout_seconds),
        endsByMs: claim.endsByMs,
        reports,
        spent: (usage) => spending.spent(usage),
        remember: (checkpoint) => rememberFor(claim, checkpoint),
        ask: (question) => askPerson(store, claim, question),
        logger,
        controller,
      });
      await reports.flush(2_000);
      const usage = spending.total(outcome.kind === "completed" ? outcome.result.usage : undefined);
      if (usage !== null) metrics.countUsage(agent.name, usage);
      if (outcome.kind === "suspended") {
        logger.info("task waits for a decision");
        if (usage !== null) await spending.spent(usage);
        const { untilMs } = outcome;
        const delayed = () => wakeIfDue(store, claim.shard, agent.name, claim.spec.id);
        return { kind: "later", untilMs, delayed };
      }
      metrics.observe(
        agent.name,
        outcome.kind === "completed" ? "completed" : outcome.failure.name,
        Date.now() - startedMs,
      );
      await this.#options.attempted(claim.spec.id, outcome.kind === "completed" ? null : outcome.failure);
      return outcome.kind === "completed"
        ? await this.#ending.complete(claim, outcome.result, usage, withJob)
        : await this.#ending.failed(claim, outcome.failure, usage);
    } finally {
      clearInterval(heartbeat);
      lockLost.removeEventListener("abort", loseLock);
      this.#running.delete(claim.spec.id);
    }
  }

  /** Keeps the workspace, and finds a cancel that the channel did not deliver. */
  #beat(claim: TaskClaim, slot: SlotAddress | null, controller: AbortController): void {
    const { store } = this.#options;
    if (slot !== null) renewSlot(store, slot, claim.spec.id, this.#slotLeaseMs).catch(() => undefined);
    store.redis
      .hmget(claim.shard.task(claim.spec.id), "cancel", "epoch")
      .then(([cancel, epoch]) => {
        if (cancel) controller.abort(new CancelledFailure());
        else if (epoch !== null && Number(epoch) !== claim.epoch) {
          controller.abort(new RetryableFailure("lock_lost", "Another worker has the task."));
        }
      })
      .catch(() => undefined);
  }
}

async function rememberFor(claim: TaskClaim, checkpoint: Payload): Promise<void> {
  if ((await claim.remember(checkpoint)) !== "ok")
    throw new RetryableFailure("lock_lost", "Another worker has the task.");
}

function inMs(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

/** Only agents that act in a workspace hold it, and no task that works apart from its files does. */
function slotOf(agent: Agent, claim: TaskClaim): SlotAddress | null {
  const { workspace_id, organization_id, apart } = claim.spec;
  if (agent.descriptor.workspace !== "required" || workspace_id === null || apart === true) return null;
  return { shard: claim.shard, organizationId: organization_id, workspaceId: workspace_id };
}
