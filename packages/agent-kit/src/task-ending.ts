/**
 * What follows an attempt: the outcome is written, the run is told, BullMQ is answered. A write that finds its hold stale
 * changes nothing, and whoever holds the task now goes on.
 */
import type { FinalStatus, TaskError, TaskResult, Usage } from "@drover/contracts";
import { RetryableFailure, type TaskFailure } from "@drover/errors";
import type { Logger } from "@drover/observability";
import {
  type JobOutcome,
  type Shard,
  type Store,
  type TaskClaim,
  traceIdOf,
  type Written,
} from "@drover/queue";
import type { RunEngine } from "@drover/workflow";
import { verdictOn } from "./failure-policy.ts";
import { FailureWithResult } from "./failure-with-result.ts";
import { OutcomeWriter } from "./outcome-writer.ts";

export class TaskEnding {
  readonly #store: Store;
  readonly #engine: RunEngine;
  readonly #logger: Logger;
  readonly #outcomes: OutcomeWriter;

  constructor(store: Store, engine: RunEngine, logger: Logger) {
    this.#store = store;
    this.#engine = engine;
    this.#logger = logger;
    this.#outcomes = new OutcomeWriter(logger);
  }

  /** The task has ended before; its run may not know it yet. */
  async settled(shard: Shard, taskId: string, status: FinalStatus): Promise<JobOutcome> {
    const [run, step] = await this.#store.redis.hmget(shard.task(taskId), "run", "step");
    return await this.#ended(shard, run ?? "", step ?? "", status);
  }

  /** This attempt has ended the task. */
  async #endedBy({ shard, spec }: TaskClaim, status: FinalStatus): Promise<JobOutcome> {
    return await this.#ended(shard, spec.workflow_id ?? "", spec.step_id ?? "", status);
  }

  /** @param run empty for a task that stands alone */
  async #ended(shard: Shard, run: string, step: string, status: FinalStatus): Promise<JobOutcome> {
    if (run !== "" && step !== "") await this.#engine.stepEnded(shard, run, step);
    return status === "failed" ? { kind: "dead", reason: "The task failed." } : { kind: "done" };
  }

  /**
   * Records the result; that of a task which stands alone in the same instant in which its job is completed, where that can be.
   */
  async complete(
    claim: TaskClaim,
    result: TaskResult,
    usage: Usage | null,
    withJob: boolean,
  ): Promise<JobOutcome> {
    if (withJob && claim.spec.workflow_id === null) return this.#completedWithJob(claim, result, usage);
    if ((await this.#outcomes.write(() => claim.complete(result, usage))) === "stale")
      return { kind: "done" };
    this.#logger.info("task completed");
    return await this.#endedBy(claim, "completed");
  }

  #completedWithJob(claim: TaskClaim, result: TaskResult, usage: Usage | null): JobOutcome {
    const { args, written } = claim.completion(result, usage);
    // Outside of the task's context by then.
    const context = { task_id: claim.spec.id, trace_id: traceIdOf(claim.spec.traceparent) };
    return {
      kind: "done",
      finish: {
        args,
        through: (send) => this.#outcomes.write(send),
        written: async (answer) => {
          try {
            if ((await written(answer)) === "ok") this.#logger.info(context, "task completed");
          } catch (error) {
            this.#logger.warn(
              { ...context, err: error },
              "who waits for what the task gave back was not woken",
            );
          }
        },
      },
    };
  }

  /** Does with a failure what its class says. */
  async failed(claim: TaskClaim, failure: TaskFailure, usage: Usage | null): Promise<JobOutcome> {
    const logger = this.#logger;
    logger.info({ err: failure, failure: failure.name, code: failure.code }, "attempt ended without success");
    const { attempt, spec, endsByMs } = claim;
    const { max_attempts: maxAttempts, backoff } = spec;
    const verdict = verdictOn({
      failure,
      attempt,
      maxAttempts,
      backoff,
      endsByMs,
      nowMs: Date.now(),
      random: Math.random(),
    });
    switch (verdict.kind) {
      case "cancel":
        if ((await this.#outcomes.write(() => claim.cancel(usage))) === "stale") return { kind: "done" };
        return await this.#endedBy(claim, "cancelled");
      case "retry":
      case "park":
        return await this.#again(claim, taskErrorOf(failure, attempt, true), verdict, usage);
      case "fail":
        return await this.fail(
          claim,
          taskErrorOf(verdict.failure, attempt, verdict.failure instanceof RetryableFailure),
          usage,
          verdict.failure instanceof FailureWithResult ? verdict.failure.result : null,
        );
    }
  }

  async #again(
    claim: TaskClaim,
    error: TaskError,
    { kind, untilMs }: { kind: "retry" | "park"; untilMs: number },
    usage: Usage | null,
  ): Promise<JobOutcome> {
    const written: Written = await this.#outcomes.write(() =>
      claim.defer(error, untilMs, kind === "park", usage),
    );
    return written === "ok" ? { kind: "later", untilMs } : { kind: "done" };
  }

  /** Fails it for good. @param kept what it has done nevertheless */
  async fail(
    claim: TaskClaim,
    error: TaskError,
    usage: Usage | null = null,
    kept: TaskResult | null = null,
  ): Promise<JobOutcome> {
    if ((await this.#outcomes.write(() => claim.fail(error, usage, kept))) === "stale")
      return { kind: "done" };
    return await this.#endedBy(claim, "failed");
  }
}

export function taskErrorOf(failure: TaskFailure, attempt: number, retryable: boolean): TaskError {
  return { code: failure.code, message: failure.message, retryable, attempt };
}
