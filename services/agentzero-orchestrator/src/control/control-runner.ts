/**
 * The life of a control step's task: claim ▸ advance ▸ write the outcome ▸ advance the run. The ledger decides, as for any
 * task; what dies in between is done again by the next delivery.
 */
import { control, type FinalStatus, isFinal, splitPayload } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { SpanKind, withCorrelation, withSpan } from "@drover/observability";
import {
  claimTask,
  expiryMessage,
  type JobOutcome,
  type Shard,
  type Store,
  type TaskClaim,
  type Written,
  wakeIfCalled,
  wakeIfDue,
} from "@drover/queue";
import { cancelChildOf, type RunEngine } from "@drover/workflow";
import type { ControlStep, ControlTask } from "./control-step.ts";
import { readControlTask } from "./read-control-task.ts";

export interface ControlRunnerOptions {
  readonly store: Store;
  readonly engine: RunEngine;
  readonly steps: readonly ControlStep[];
}

/** As which holder it claims: nothing tells orchestrators apart, since none holds a task for long. */
const workerName = "orchestrator";

export class ControlRunner {
  readonly #options: ControlRunnerOptions;

  constructor(options: ControlRunnerOptions) {
    this.#options = options;
  }

  /** Handles one delivery of a control task's job. */
  async handle(shard: Shard, taskId: string): Promise<JobOutcome> {
    const outcome = await claimTask(this.#options.store, shard, taskId, workerName);
    switch (outcome.kind) {
      case "missing":
        return { kind: "dead", reason: "The ledger does not know this task." };
      case "final":
        return await this.#settled(shard, taskId, outcome.status);
      case "cancelled":
        return await this.#settled(shard, taskId, "cancelled");
      case "parked": {
        const { untilMs, line } = outcome;
        const parked = { id: taskId, agent: control.name, line };
        return { kind: "later", untilMs, delayed: () => wakeIfCalled(this.#options.store, shard, parked) };
      }
      case "expired": {
        const { claim, code } = outcome;
        return await this.#fail(claim, new PermanentFailure(code, expiryMessage(code, claim.spec)));
      }
      // Waiting does no harm to who waits, however often it was interrupted: it has no attempts to spend.
      case "exhausted":
      case "claimed":
        return await this.#inContext(outcome.claim, () => this.#advance(outcome.claim));
    }
  }

  async #inContext(claim: TaskClaim, work: () => Promise<JobOutcome>): Promise<JobOutcome> {
    const { spec } = claim;
    const correlation = {
      task_id: spec.id,
      workflow_id: spec.workflow_id ?? "",
      step_id: spec.step_id ?? "",
    };
    const { action } = splitPayload(spec.payload);
    const options = {
      kind: SpanKind.CONSUMER,
      attributes: { "drover.task.id": spec.id, "drover.agent": spec.agent },
      traceparent: spec.traceparent,
    };
    return await withCorrelation(correlation, () => withSpan(`control ${String(action)}`, options, work));
  }

  async #advance(claim: TaskClaim): Promise<JobOutcome> {
    const { store, engine, steps } = this.#options;
    const { shard, spec } = claim;
    const { action } = splitPayload(spec.payload);
    try {
      const step = steps.find((candidate) => candidate.action === action);
      if (step === undefined) {
        throw new PermanentFailure("unknown_action", `There is no control step "${String(action)}".`);
      }
      const task: ControlTask = await readControlTask(store, engine, claim);
      const outcome = await step.advance(task);
      store.logger.info({ outcome: outcome.kind, action }, "control step advanced");
      switch (outcome.kind) {
        case "stale":
          return await this.#lost(shard, spec.id);
        case "waiting":
          return {
            kind: "later",
            untilMs: outcome.untilMs,
            delayed: () => wakeIfDue(store, shard, control.name, spec.id),
          };
        case "cancelled":
          return await this.#written(claim, await claim.cancel(), "cancelled");
        case "completed":
          return await this.#written(claim, await claim.complete(outcome.result), "completed");
      }
    } catch (error) {
      if (!(error instanceof PermanentFailure)) throw error;
      return await this.#fail(claim, error);
    }
  }

  async #fail(claim: TaskClaim, { code, message }: PermanentFailure): Promise<JobOutcome> {
    this.#options.store.logger.info({ code }, "control step failed");
    const error = { code, message, retryable: false, attempt: claim.attempt };
    return await this.#written(claim, await claim.fail(error), "failed");
  }

  async #written(claim: TaskClaim, written: Written, status: FinalStatus): Promise<JobOutcome> {
    if (written === "ok") return await this.#settled(claim.shard, claim.spec.id, status);
    return await this.#lost(claim.shard, claim.spec.id);
  }

  /** Another has the task, or it has ended: whoever ended it may have died before its run knew. */
  async #lost(shard: Shard, taskId: string): Promise<JobOutcome> {
    const status = await this.#options.store.redis.hget(shard.task(taskId), "status");
    return status !== null && isFinal(status) ? await this.#settled(shard, taskId, status) : { kind: "done" };
  }

  /** The task has ended, now or before; its run may not know it yet, nor the run that it waited for. */
  async #settled(shard: Shard, taskId: string, status: FinalStatus): Promise<JobOutcome> {
    const { store, engine } = this.#options;
    const [run, step] = await store.redis.hmget(shard.task(taskId), "run", "step");
    if (status !== "completed") await cancelChildOf(store, engine, shard, taskId, `the end of ${taskId}`);
    if (run && step) await engine.stepEnded(shard, run, step);
    return status === "failed" ? { kind: "dead", reason: "The step failed." } : { kind: "done" };
  }
}
