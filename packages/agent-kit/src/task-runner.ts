/**
 * The life of a task in a worker: claim ▸ workspace slot ▸ execute ▸ write the outcome ▸ advance the run ▸ answer BullMQ.
 *
 * The ledger decides, BullMQ carries: whatever dies between two of these steps is run again by the next delivery, which
 * finds in the ledger how far the last one came.
 */
import type { TaskError, TaskResult } from "@drover/contracts";
import { CancelledFailure, CapacityFailure, RetryableFailure, type TaskFailure } from "@drover/errors";
import { type Logger, SpanKind, withCorrelation, withSpan } from "@drover/observability";
import {
  backoffMs,
  claimTask,
  type JobOutcome,
  type Shard,
  type SlotAddress,
  type Store,
  type TaskClaim,
  WorkspaceSlots,
} from "@drover/queue";
import { RunEngine } from "@drover/workflow";
import type { Agent } from "./agent.ts";
import { agentTask } from "./agent-task.ts";
import { runAttempt } from "./attempt.ts";
import { ReportBuffer } from "./report-buffer.ts";
import type { TaskMetrics } from "./task-metrics.ts";

export interface TaskRunnerOptions {
  readonly store: Store;
  readonly agent: Agent;
  readonly workerName: string;
  readonly lockMs: number;
  readonly logger: Logger;
  readonly metrics: TaskMetrics;
}

/** A parked task looks by itself after this long, if nobody woke it. */
const parkedMs = 30_000;

export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #engine: RunEngine;
  readonly #slots: WorkspaceSlots;
  readonly #running = new Map<string, AbortController>();

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.#engine = new RunEngine(options.store);
    this.#slots = new WorkspaceSlots(options.store, options.lockMs * 2);
  }

  /** Ids of the tasks that run here. */
  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** Stops the task if it runs here. */
  cancel(taskId: string): void {
    this.#running.get(taskId)?.abort(new CancelledFailure());
  }

  /** Stops everything that runs here; each task goes back to its queue and spends no attempt. */
  abortAll(): void {
    for (const controller of this.#running.values()) {
      controller.abort(
        new CapacityFailure("shutting_down", "The worker is shutting down.", { retryAfterMs: 0 }),
      );
    }
  }

  /** Handles one delivery of a task's job. */
  async handle(shard: Shard, taskId: string, lockLost: AbortSignal): Promise<JobOutcome> {
    const { store, workerName } = this.#options;
    const outcome = await claimTask(store, shard, taskId, workerName);
    switch (outcome.kind) {
      case "missing":
        return { kind: "dead", reason: "The ledger does not know this task." };
      case "final":
      case "cancelled":
        return await this.#settled(shard, taskId, outcome.kind === "final" ? outcome.status : "cancelled");
      case "exhausted": {
        const lost = new RetryableFailure(
          "worker_lost",
          "The worker died or lost its hold on the task in every attempt.",
        );
        return await this.#fail(outcome.claim, taskErrorOf(lost, outcome.claim.attempt, false));
      }
      case "claimed":
        return await this.#inContext(outcome.claim, () => this.#execute(outcome.claim, lockLost));
    }
  }

  /** The task has ended before; its run may not know it yet. */
  async #settled(
    shard: Shard,
    taskId: string,
    status: "completed" | "failed" | "cancelled",
  ): Promise<JobOutcome> {
    const [run, step] = await this.#options.store.redis.hmget(shard.task(taskId), "run", "step");
    if (run && step) await this.#engine.stepEnded(shard, run, step);
    return status === "failed" ? { kind: "dead", reason: "The task failed." } : { kind: "done" };
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

  async #execute(claim: TaskClaim, lockLost: AbortSignal): Promise<JobOutcome> {
    const slot = slotOf(this.#options.agent, claim);
    if (slot !== null) {
      const holder = await this.#slots.take(slot, claim.spec.id);
      if (holder !== null) return await this.#park(claim, holder);
    }
    try {
      return await this.#attempt(claim, lockLost, slot);
    } finally {
      if (slot !== null) await this.#slots.leave(slot, claim.spec.id, claim.spec.agent);
    }
  }

  async #park(claim: TaskClaim, holder: string): Promise<JobOutcome> {
    const untilMs = Date.now() + parkedMs;
    await claim.park(untilMs, { reason: "no_free_slot", holder, workspace_id: claim.spec.workspace_id });
    return { kind: "later", untilMs };
  }

  async #attempt(claim: TaskClaim, lockLost: AbortSignal, slot: SlotAddress | null): Promise<JobOutcome> {
    const { agent, logger, metrics, store } = this.#options;
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
    const startedMs = Date.now();
    try {
      logger.info({ attempt: claim.attempt }, "task started");
      const outcome = await runAttempt({
        agent,
        task: () => agentTask(store, claim, this.#engine.specs, agent.descriptor),
        timeoutMs: claim.spec.timeout_seconds * 1000,
        reports,
        logger,
        controller,
      });
      await reports.flush(2_000);
      metrics.observe(
        agent.name,
        outcome.kind === "completed" ? "completed" : outcome.failure.name,
        Date.now() - startedMs,
      );
      return outcome.kind === "completed"
        ? await this.#complete(claim, outcome.result)
        : await this.#failed(claim, outcome.failure);
    } finally {
      clearInterval(heartbeat);
      lockLost.removeEventListener("abort", loseLock);
      this.#running.delete(claim.spec.id);
    }
  }

  /** Keeps the workspace, and finds a cancel that the channel did not deliver. */
  #beat(claim: TaskClaim, slot: SlotAddress | null, controller: AbortController): void {
    if (slot !== null) this.#slots.renew(slot, claim.spec.id).catch(() => undefined);
    this.#options.store.redis
      .hmget(claim.shard.task(claim.spec.id), "cancel", "epoch")
      .then(([cancel, epoch]) => {
        if (cancel) controller.abort(new CancelledFailure());
        else if (epoch !== null && Number(epoch) !== claim.epoch) {
          controller.abort(new RetryableFailure("lock_lost", "Another worker has the task."));
        }
      })
      .catch(() => undefined);
  }

  async #complete(claim: TaskClaim, result: TaskResult): Promise<JobOutcome> {
    if ((await claim.complete(result)) === "stale") return { kind: "done" };
    this.#options.logger.info("task completed");
    return await this.#settled(claim.shard, claim.spec.id, "completed");
  }

  async #failed(claim: TaskClaim, failure: TaskFailure): Promise<JobOutcome> {
    const { logger } = this.#options;
    logger.info({ err: failure, failure: failure.name, code: failure.code }, "attempt ended without success");
    if (failure instanceof CancelledFailure) {
      await claim.cancel();
      return await this.#settled(claim.shard, claim.spec.id, "cancelled");
    }
    if (failure instanceof CapacityFailure) {
      return await this.#again(claim, taskErrorOf(failure, claim.attempt, true), failure.retryAfterMs, true);
    }
    if (failure instanceof RetryableFailure && claim.attempt < claim.spec.max_attempts) {
      const error = taskErrorOf(failure, claim.attempt, true);
      return await this.#again(claim, error, failure.retryAfterMs ?? backoffMs(claim.attempt), false);
    }
    return await this.#fail(claim, taskErrorOf(failure, claim.attempt, failure instanceof RetryableFailure));
  }

  async #again(claim: TaskClaim, error: TaskError, delayMs: number, refund: boolean): Promise<JobOutcome> {
    const untilMs = Date.now() + delayMs;
    const written = await claim.defer(error, untilMs, refund);
    return written === "ok" ? { kind: "later", untilMs } : { kind: "done" };
  }

  async #fail(claim: TaskClaim, error: TaskError): Promise<JobOutcome> {
    if ((await claim.fail(error)) === "stale") return { kind: "done" };
    return await this.#settled(claim.shard, claim.spec.id, "failed");
  }
}

function taskErrorOf(failure: TaskFailure, attempt: number, retryable: boolean): TaskError {
  return { code: failure.code, message: failure.message, retryable, attempt };
}

/** Only agents that act in a workspace hold it. */
function slotOf(agent: Agent, claim: TaskClaim): SlotAddress | null {
  const { workspace_id, organization_id } = claim.spec;
  if (agent.descriptor.workspace !== "required" || workspace_id === null) return null;
  return { shard: claim.shard, organizationId: organization_id, workspaceId: workspace_id };
}
