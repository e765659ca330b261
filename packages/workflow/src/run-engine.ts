/**
 * Advances runs. The run's job waits for its children; each step that ends counts its dependents down and enqueues those
 * that are ready, as further children, before its own job returns. So the run is held open by whatever still runs, and
 * BullMQ wakes it when nothing is pending; then it compares what ended with what there is.
 *
 * Every write may happen again: a kill at any point re-runs into the same state.
 */
import { type FinalStatus, isFinal, type WorkflowError } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { cancelTask, dropJob, retentionSeconds, Scheduler, type Shard, type Store } from "@drover/queue";
import { z } from "zod";
import { cancelChildOf, wakeParent } from "./child-runs.ts";
import { composeResult } from "./compose-result.ts";
import type { RunSpec } from "./run-row.ts";
import { type KnownRun, RunSpecs } from "./run-specs.ts";
import {
  beginRunScript,
  finishRunScript,
  readyStepsScript,
  standingScript,
  stepEndedScript,
} from "./scripts/run-scripts.ts";
import { stepTask, stepTaskId } from "./step-task.ts";

export type BeginOutcome =
  | { readonly kind: "missing" }
  | { readonly kind: "final"; readonly status: FinalStatus }
  | { readonly kind: "running"; readonly run: KnownRun };

const beginReply = z.union([
  z.tuple([z.literal("missing")]),
  z.tuple([z.literal("final"), z.enum(["completed", "failed", "cancelled"])]),
  z.tuple([z.literal("running"), z.string(), z.string(), z.string()]),
]);
const steps = z.array(z.string());
const statusAndAgent = z.tuple([z.string().nullable(), z.string().nullable()]);
const standingReply = z.tuple([z.string(), z.string(), z.number(), steps]);

export class RunEngine {
  readonly #store: Store;
  readonly #scheduler: Scheduler;
  readonly specs: RunSpecs;

  constructor(store: Store) {
    this.#store = store;
    this.#scheduler = new Scheduler(store);
    this.specs = new RunSpecs(store);
  }

  /** Marks a run as running, with its own span as the parent of its steps; once. */
  async begin(shard: Shard, runId: string, traceparent: string | null): Promise<BeginOutcome> {
    const args = [shard.prefix, runId, new Date().toISOString(), traceparent ?? ""];
    const reply = beginReply.parse(await this.#store.scripts.run(beginRunScript, [shard.run(runId)], args));
    if (reply[0] === "missing") return { kind: "missing" };
    if (reply[0] === "final") return { kind: "final", status: reply[1] };
    const run = await this.specs.get(shard, runId);
    return run === null ? { kind: "missing" } : { kind: "running", run };
  }

  /** Enqueues every step that is ready and has not ended. @returns how many there are */
  async enqueueReady(shard: Shard, runId: string): Promise<number> {
    const keys = [shard.run(runId), shard.runIndegree(runId), shard.runEnded(runId)];
    const ready = steps.parse(await this.#store.scripts.run(readyStepsScript, keys, []));
    await this.#enqueue(shard, runId, ready);
    return ready.length;
  }

  /** Records that a step has ended and enqueues what became ready by it. */
  async stepEnded(shard: Shard, runId: string, stepId: string, status: FinalStatus): Promise<void> {
    const run = await this.specs.get(shard, runId);
    const step = run?.steps.get(stepId);
    if (run === null || step === undefined) return;
    const passes = status === "completed" || (status === "failed" && step.continue_on_error === true);
    const failsFast = !passes && status === "failed" && run.spec.definition.on_failure === "fail_fast";
    const keys = [
      shard.run(runId),
      shard.runIndegree(runId),
      shard.runDependents(runId),
      shard.runEnded(runId),
    ];
    const args = [shard.prefix, runId, stepId, status, passes ? 1 : 0, failsFast ? 1 : 0];
    const [halted, ...ready] = steps.parse(await this.#store.scripts.run(stepEndedScript, keys, args));
    if (halted !== "" && failsFast) await this.cancelSteps(shard, run.spec, "on_failure: fail_fast");
    await this.#enqueue(shard, runId, ready);
  }

  /** Ends every step of the run that has not ended: queued ones at once, running ones by telling their workers. */
  async cancelSteps(shard: Shard, spec: RunSpec, by: string): Promise<void> {
    const { steps: all } = spec.definition;
    const pipeline = this.#store.redis.pipeline();
    for (const step of all) pipeline.hmget(shard.task(stepTaskId(spec.id, step.id)), "status", "agent");
    const replies = (await pipeline.exec()) ?? [];
    for (const [position, step] of all.entries()) {
      const [error, reply] = replies[position] ?? [];
      if (error) throw error;
      const [status, agent] = statusAndAgent.parse(reply);
      if (status !== null && agent !== null && !isFinal(status))
        await this.#cancelStep(shard, spec.id, step.id, agent, by);
    }
  }

  async #cancelStep(shard: Shard, runId: string, stepId: string, agent: string, by: string): Promise<void> {
    const taskId = stepTaskId(runId, stepId);
    try {
      if ((await cancelTask(this.#store, shard, taskId, by)) === "requested") return;
    } catch (error) {
      // It ended in the meantime. Anything else is told, so that whoever cancels tries again.
      if (error instanceof DroverError && error.code === "already_final") return;
      throw error;
    }
    await this.stepEnded(shard, runId, stepId, "cancelled");
    await cancelChildOf(this.#store, this, shard, taskId, by);
    await dropJob(this.#store, shard, agent, taskId);
  }

  /**
   * Ends a run when nothing of it is pending.
   * @returns its final status, or null when a step is ready or runs
   */
  async conclude(shard: Shard, runId: string): Promise<FinalStatus | null> {
    const run = await this.specs.get(shard, runId);
    if (run === null) return null;
    const { halted, cancelled, open, ended } = await this.#standing(shard, runId);
    if (!halted && open > 0) return null;
    if (halted && (await this.#hasUnendedTask(shard, run, ended))) return null;
    const status = cancelled ? "cancelled" : verdict(run, ended);
    await this.#finish(shard, run, status, ended);
    return status;
  }

  /** Concludes a halted run none of whose steps is left, so that a cancel need not wait for the orchestrator. */
  async concludeIfQuiet(shard: Shard, runId: string): Promise<void> {
    const status = await this.conclude(shard, runId);
    if (status !== null) await dropJob(this.#store, shard, "workflow", runId);
  }

  async #standing(shard: Shard, runId: string) {
    const keys = [shard.run(runId), shard.runIndegree(runId), shard.runEnded(runId)];
    const reply = await this.#store.scripts.run(standingScript, keys, []);
    const [halted, cancelledAt, open, flat] = standingReply.parse(reply);
    const ended: Record<string, string> = {};
    for (const [position, text] of flat.entries()) {
      if (position % 2 === 1) ended[flat[position - 1] ?? ""] = text;
    }
    return { halted: halted !== "", cancelled: cancelledAt !== "", open, ended };
  }

  async #hasUnendedTask(shard: Shard, run: KnownRun, ended: Record<string, string>): Promise<boolean> {
    const open = run.graph.order.filter((step) => ended[step] === undefined);
    if (open.length === 0) return false;
    const pipeline = this.#store.redis.pipeline();
    for (const step of open) pipeline.hget(shard.task(stepTaskId(run.spec.id, step)), "status");
    const replies = (await pipeline.exec()) ?? [];
    return replies.some(([, status]) => typeof status === "string" && !isFinal(status));
  }

  async #finish(
    shard: Shard,
    run: KnownRun,
    status: FinalStatus,
    ended: Record<string, string>,
  ): Promise<void> {
    const completed = run.graph.order.filter((step) => ended[step] === "completed");
    const failed = run.graph.order.filter((step) => ended[step] === "failed");
    const result = await composeResult(this.#store, shard, run, completed);
    const error = status === "failed" ? stepsFailed(failed) : null;
    const { id } = run.spec;
    await this.#store.scripts.run(
      finishRunScript,
      [shard.run(id), shard.runResult(id)],
      [
        shard.prefix,
        id,
        status,
        new Date().toISOString(),
        error === null ? "" : JSON.stringify(error),
        JSON.stringify(result),
        retentionSeconds,
        JSON.stringify({
          completed: completed.length,
          steps: run.graph.order.length,
          ...(error === null ? {} : { error }),
        }),
      ],
    );
    await this.#expireSteps(shard, run);
    await wakeParent(this.#store, shard, run.spec);
  }

  /** A step's record is kept as long as its run's. */
  async #expireSteps(shard: Shard, run: KnownRun): Promise<void> {
    const pipeline = this.#store.redis.pipeline();
    for (const step of run.graph.order) {
      const taskId = stepTaskId(run.spec.id, step);
      for (const key of [
        shard.task(taskId),
        shard.taskResult(taskId),
        shard.events({ kind: "task", id: taskId }),
      ]) {
        pipeline.expire(key, retentionSeconds);
      }
    }
    await pipeline.exec();
  }

  async #enqueue(shard: Shard, runId: string, ready: readonly string[]): Promise<void> {
    if (ready.length === 0) return;
    const run = await this.specs.get(shard, runId);
    if (run === null) return;
    const traceparent = await this.#store.redis.hget(shard.run(runId), "traceparent");
    const tasks = ready.flatMap((id) => {
      const step = run.steps.get(id);
      return step === undefined ? [] : [stepTask(run.spec, step, traceparent || run.spec.traceparent)];
    });
    await this.#scheduler.submitSteps(shard, tasks);
  }
}

/** Completed when every step completed, or failed where the workflow goes on. */
function verdict(run: KnownRun, ended: Record<string, string>): FinalStatus {
  const good = run.graph.order.every(
    (step) =>
      ended[step] === "completed" ||
      (ended[step] === "failed" && run.steps.get(step)?.continue_on_error === true),
  );
  if (good) return "completed";
  const onlyCancelled =
    !Object.values(ended).includes("failed") && Object.values(ended).includes("cancelled");
  return onlyCancelled ? "cancelled" : "failed";
}

function stepsFailed(failed: readonly string[]): WorkflowError {
  const named = failed.slice(0, 20).join(", ");
  return {
    code: "steps_failed",
    message: `These steps failed: ${named}${failed.length > 20 ? ", …" : ""}.`,
    failed_steps: [...failed],
  };
}
