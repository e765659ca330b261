/**
 * Advances runs. The run's job waits for its children; each step that ends counts its dependents down and starts those that
 * are ready, as further children, before its own job returns. So the run is held open by whatever still runs, and BullMQ
 * wakes it when nothing is pending; then it compares what ended with what there is.
 *
 * Every write may happen again: a kill at any point re-runs into the same state.
 */

import { type FinalStatus, isFinal } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { cancelTask, dropJob, repliesOf, Scheduler, type Shard, type Store } from "@drover/queue";
import { z } from "zod";
import { activateStep, tasksOf } from "./activate-steps.ts";
import { cancelChildOf } from "./child-runs.ts";
import { type KnownRun, RunSpecs } from "./run-specs.ts";
import { beginRunScript } from "./scripts/begin-run.ts";
import { endStepScript } from "./scripts/end-step.ts";
import { readyStepsScript } from "./scripts/ready-steps.ts";
import { instanceId, itemId, parseInstanceId, type StepInstance } from "./step-instance.ts";
import { stepTaskId } from "./step-task.ts";

export type BeginOutcome =
  | { readonly kind: "missing" }
  | { readonly kind: "final"; readonly status: FinalStatus }
  | { readonly kind: "running"; readonly run: KnownRun };

const beginReply = z.union([
  z.tuple([z.literal("missing")]),
  z.tuple([z.literal("final"), z.enum(["completed", "failed", "cancelled"])]),
  z.tuple([z.literal("running")]),
]);
const steps = z.array(z.string());
const statusAndAgent = z.tuple([z.string().nullable(), z.string().nullable()]);

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

  /** Starts every step that is ready and has not ended; none of a run that is paused. @returns how many there are */
  async enqueueReady(shard: Shard, runId: string): Promise<number> {
    const run = await this.specs.get(shard, runId);
    if (run === null) return 0;
    const keys = [shard.run(runId), shard.runIndegree(runId), shard.runEnded(runId)];
    const ready = steps.parse(await this.#store.scripts.run(readyStepsScript, keys, []));
    await this.#activate(shard, run, ready);
    return ready.length;
  }

  /**
   * Records that the task of an instance has ended, and starts what became ready by it.
   * What the ledger says of the task counts: a call that comes late ends nothing.
   */
  async stepEnded(shard: Shard, runId: string, instance: string): Promise<void> {
    const run = await this.specs.get(shard, runId);
    const parsed = parseInstanceId(instance);
    if (run === null || parsed === null) return;
    await this.#activate(shard, run, await this.#end(shard, run, parsed, ""));
  }

  /** @param status of what has no task @returns the steps that are ready */
  async #end(shard: Shard, run: KnownRun, instance: StepInstance, status: string): Promise<string[]> {
    const { id, definition } = run.spec;
    const step = run.steps.get(instance.stepId);
    if (step === undefined) return [];
    const fallback = instance.fallback ? "ran" : step.fallback === undefined ? "" : "open";
    const keys = [
      shard.run(id),
      shard.runIndegree(id),
      shard.runDependents(id),
      shard.runEnded(id),
      shard.runItems(id),
      shard.task(stepTaskId(id, instanceId(instance))),
    ];
    const args = [
      step.id,
      itemId(step.id, instance.item),
      status,
      step.continue_on_error === true ? 1 : 0,
      definition.on_failure === "fail_fast" ? 1 : 0,
      status === "" ? fallback : "",
    ];
    const [outcome, ...ready] = steps.parse(await this.#store.scripts.run(endStepScript, keys, args));
    if (outcome === "fallback") await this.#start(shard, run, [{ ...instance, fallback: true }]);
    if (outcome === "halts") await this.cancelSteps(shard, id, "on_failure: fail_fast");
    return ready;
  }

  async #activate(shard: Shard, run: KnownRun, ready: readonly string[]): Promise<void> {
    const instances: StepInstance[] = [];
    // The list grows while it is read: a step that ends without a task may make others ready.
    const open = [...ready];
    for (const id of open) {
      const step = run.steps.get(id);
      if (step === undefined) continue;
      const activation = await activateStep(this.#store, shard, run, step);
      if (activation.kind === "start") {
        for (const instance of activation.instances) instances.push(instance);
        continue;
      }
      const ended = { stepId: id, item: null, fallback: false };
      for (const next of await this.#end(shard, run, ended, activation.status)) open.push(next);
    }
    await this.#start(shard, run, instances);
  }

  async #start(shard: Shard, run: KnownRun, instances: readonly StepInstance[]): Promise<void> {
    if (instances.length === 0) return;
    const { id } = run.spec;
    const traceparent = (await this.specs.traceparent(shard, id)) || run.spec.traceparent;
    const tasks = instances.flatMap((instance) => {
      const step = run.steps.get(instance.stepId);
      return step === undefined ? [] : tasksOf(run, step, [instance], traceparent);
    });
    await this.#scheduler.submitSteps(shard, tasks);
  }

  /** Starts again one instance that was opened again while its run goes on. */
  async restart(shard: Shard, runId: string, instance: StepInstance): Promise<void> {
    const run = await this.specs.get(shard, runId);
    if (run !== null) await this.#start(shard, run, [instance]);
  }

  /** Ends every task of the run that has not ended: queued ones at once, running ones by telling their workers. */
  async cancelSteps(shard: Shard, runId: string, by: string): Promise<void> {
    const live = await this.#store.redis.smembers(shard.runLive(runId));
    const pipeline = this.#store.redis.pipeline();
    for (const instance of live) pipeline.hmget(shard.task(stepTaskId(runId, instance)), "status", "agent");
    const replies = await repliesOf(pipeline);
    for (const [position, instance] of live.entries()) {
      const [status, agent] = statusAndAgent.parse(replies[position]);
      if (status !== null && agent !== null && !isFinal(status))
        await this.#cancelInstance(shard, runId, instance, agent, by);
    }
  }

  async #cancelInstance(shard: Shard, runId: string, instance: string, agent: string, by: string) {
    const taskId = stepTaskId(runId, instance);
    try {
      if ((await cancelTask(this.#store, shard, taskId, by)) === "requested") return;
    } catch (error) {
      // It ended in the meantime. Anything else is told, so that whoever cancels tries again.
      if (error instanceof DroverError && error.code === "already_final") return;
      throw error;
    }
    const run = await this.specs.get(shard, runId);
    const parsed = parseInstanceId(instance);
    if (run !== null && parsed !== null) await this.#end(shard, run, parsed, "");
    await cancelChildOf(this.#store, this, shard, taskId, by);
    await dropJob(this.#store, shard, agent, taskId);
  }
}
