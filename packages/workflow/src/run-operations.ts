/**
 * What people do to a run: pause, resume, retry, redrive a step. Each is one atomic change of the ledger, then the wake-ups
 * that follow from it; whoever dies between them leaves those to the sweeper.
 */
import { isFinal } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { type Shard, type Store, wakeJob, wakeTask } from "@drover/queue";
import { z } from "zod";
import { instancePlan, reopenPlan, stepsToReopen } from "./reopen-plan.ts";
import type { RunEngine } from "./run-engine.ts";
import { requeueRun } from "./run-job.ts";
import type { KnownRun } from "./run-specs.ts";
import { type RunStanding, readStanding } from "./run-standing.ts";
import { pauseRunScript, resumeRunScript } from "./scripts/pause-run.ts";
import { reopenRunScript } from "./scripts/reopen-run.ts";
import { itemId, parseInstanceId } from "./step-instance.ts";
import { stepTaskId } from "./step-task.ts";

const pauseReply = z.enum(["missing", "final", "halted", "paused"]);
const resumeReply = z.tuple([z.enum(["missing", "final", "running"])]).rest(z.string());
const reopenReply = z.enum(["missing", "changed", "ok"]);
/** How often a plan is made again when the run moves on under it. */
const triesMax = 20;

export class RunOperations {
  readonly #store: Store;
  readonly #engine: RunEngine;

  constructor(store: Store, engine: RunEngine) {
    this.#store = store;
    this.#engine = engine;
  }

  /**
   * From now on no step starts; what runs goes on. Pausing twice is pausing once.
   * @throws DroverError not_found, already_final; conflict while it is being cancelled
   */
  async pause(shard: Shard, runId: string, by: string): Promise<void> {
    const args = [shard.prefix, runId, by, new Date().toISOString()];
    const outcome = pauseReply.parse(await this.#store.scripts.run(pauseRunScript, [shard.run(runId)], args));
    if (outcome === "missing") throw new DroverError("not_found");
    if (outcome === "final") throw new DroverError("already_final");
    if (outcome === "halted") throw new DroverError("conflict", { detail: "The run is being stopped." });
  }

  /**
   * Starts what waited for it. Resuming a run that is not paused changes nothing.
   * @throws DroverError not_found, already_final
   */
  async resume(shard: Shard, runId: string, by: string): Promise<void> {
    const args = [shard.prefix, runId, by, new Date().toISOString()];
    const keys = [shard.run(runId), shard.runHeld(runId)];
    const reply = resumeReply.parse(await this.#store.scripts.run(resumeRunScript, keys, args));
    const [outcome, ...held] = reply;
    if (outcome === "missing") throw new DroverError("not_found");
    if (outcome === "final") throw new DroverError("already_final");
    for (const taskId of held) {
      const agent = await this.#store.redis.hget(shard.task(taskId), "agent");
      if (agent !== null) await wakeTask(this.#store, shard, agent, taskId);
    }
    await this.#engine.enqueueReady(shard, runId);
    await wakeJob(this.#store, shard, "workflow", runId);
  }

  /**
   * Runs again what failed, was cancelled or never had its turn; with `fromStep`, that step and all that depends on it.
   * @throws DroverError not_found; conflict while the run goes on or when nothing is to be done again; validation_failed
   */
  async retry(shard: Shard, runId: string, fromStep: string | null, by: string): Promise<void> {
    const run = await this.#engine.specs.get(shard, runId);
    if (run === null) throw new DroverError("not_found");
    if (fromStep !== null && !run.steps.has(fromStep)) {
      const validations = [{ field: "from_step", detail: `there is no step "${fromStep}"` }];
      throw new DroverError("validation_failed", { validations });
    }
    await this.#reopen(shard, run, by, (standing, counts) => {
      if (!isFinal(standing.status)) {
        const detail = "The run has not ended: cancel it first, or wait for its end.";
        throw new DroverError("conflict", { detail });
      }
      const known = { graph: run.graph, steps: run.steps, ended: standing.ended, counts };
      const reopened = stepsToReopen(known, fromStep);
      // A cancel may have come when all was done: then the run only has to be judged again.
      if (reopened.size === 0 && standing.status === "completed") {
        const detail = "Every step has completed; name the step to run again from as from_step.";
        throw new DroverError("conflict", { detail });
      }
      return reopenPlan(known, reopened, fromStep !== null);
    });
    await requeueRun(this.#store, shard, run.spec);
  }

  /**
   * Runs one failed step of a run again, with what it blocked; a run that had ended goes on.
   * @param instance of the failed task, e.g. `deploy[3]`
   * @throws DroverError not_found; conflict where the step is not failed, or its run is being stopped
   */
  async redriveStep(shard: Shard, runId: string, instance: string, by: string): Promise<void> {
    const run = await this.#engine.specs.get(shard, runId);
    const parsed = parseInstanceId(instance);
    const step = run?.steps.get(parsed?.stepId ?? "");
    if (run === null || parsed === null || step === undefined) throw new DroverError("not_found");
    if (step.for_each !== undefined && parsed.item === null) {
      throw new DroverError("conflict", { detail: "The step fans out: name one of its items." });
    }
    const wasFinal = await this.#reopen(shard, run, by, (standing, counts) => {
      if (standing.ended.get(itemId(parsed.stepId, parsed.item)) !== "failed") {
        throw new DroverError("conflict", { detail: "The step is not failed any more." });
      }
      const final = isFinal(standing.status);
      if (!final && standing.halted !== "") {
        throw new DroverError("conflict", {
          detail: "The run is being stopped; redrive it when it has ended.",
        });
      }
      const known = { graph: run.graph, steps: run.steps, ended: standing.ended, counts };
      if (step.continue_on_error === true) {
        const detail = "The run has gone on without this step; retry the run from it.";
        throw new DroverError("conflict", { detail });
      }
      if (!final) return instancePlan(known, parsed);
      const blocked = stepsToReopen(known, parsed.stepId);
      // What was stopped because of a failure, or never had its turn, has no fault of its own.
      for (const id of run.graph.order) {
        const end = standing.ended.get(id);
        if (end === undefined || end === "cancelled") blocked.add(id);
      }
      return reopenPlan(known, blocked, false);
    });
    if (wasFinal) await requeueRun(this.#store, shard, run.spec);
    else await this.#engine.restart(shard, runId, parsed);
  }

  /** @returns whether the run had ended before */
  async #reopen(
    shard: Shard,
    run: KnownRun,
    by: string,
    plan: (standing: RunStanding, counts: ReadonlyMap<string, number>) => ReturnType<typeof reopenPlan>,
  ): Promise<boolean> {
    const { id } = run.spec;
    for (let attempt = 0; attempt < triesMax; attempt += 1) {
      const standing = await readStanding(this.#store, shard, id);
      const { instances, ...changes } = plan(standing, await this.#counts(shard, run));
      const tasks = instances.map((instance) => stepTaskId(id, instance));
      const keys = [
        shard.run(id),
        shard.runIndegree(id),
        shard.runEnded(id),
        shard.runItems(id),
        shard.runFaults(id),
      ];
      const args = [
        shard.prefix,
        id,
        by,
        new Date().toISOString(),
        standing.revision,
        standing.ended.size,
        standing.status,
        JSON.stringify({ ...changes, tasks }),
      ];
      const outcome = reopenReply.parse(await this.#store.scripts.run(reopenRunScript, keys, args));
      if (outcome === "missing") throw new DroverError("not_found");
      if (outcome === "ok") return isFinal(standing.status);
    }
    throw new DroverError("conflict", {
      detail: "The run changes too fast; try again.",
      retryAfterMs: 1_000,
    });
  }

  async #counts(shard: Shard, run: KnownRun): Promise<ReadonlyMap<string, number>> {
    const fanned = run.graph.order.filter((id) => run.steps.get(id)?.for_each !== undefined);
    if (fanned.length === 0) return new Map();
    const counts = await this.#store.redis.hmget(shard.runItems(run.spec.id), ...fanned);
    return new Map(
      fanned.flatMap((id, position) => {
        const count = counts[position] ?? null;
        return count === null ? [] : [[id, Number(count)] as const];
      }),
    );
  }
}
