/** Runs in the ledger: accepted, read, listed, cancelled. */

import type { Workflow, WorkflowDefinition, WorkflowSummary } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import {
  asFields,
  cancelTask,
  dropJob,
  onAnyShard,
  type Page,
  type PageRequest,
  readPage,
  repliesOf,
  type Shard,
  type Store,
} from "@drover/queue";
import { z } from "zod";
import { cancelChildOf, cancelOrphan } from "./child-runs.ts";
import { concludeRun } from "./conclude-run.ts";
import type { ParentLink } from "./parent-link.ts";
import { RunEngine } from "./run-engine.ts";
import { enqueueRun } from "./run-job.ts";
import { RunOperations } from "./run-operations.ts";
import { parseRunRow, type RunRow, type RunSpec } from "./run-row.ts";
import { knownRun } from "./run-specs.ts";
import { readRunView, runStatusOf, toSummary } from "./run-view.ts";
import { createRunScript } from "./scripts/create-run.ts";
import { haltRunScript } from "./scripts/halt-run.ts";

/** A definition that has been checked and completed. */
export interface NewRun {
  readonly id: string;
  readonly definition: WorkflowDefinition;
  readonly organizationId: string;
  readonly createdBy: string;
  readonly traceparent: string | null;
  /** `name@version`, of a run of a template. */
  readonly template?: string;
  /** The name of the schedule that starts it. */
  readonly schedule?: string;
  /** Set when a step of another run waits for it. */
  readonly parent?: ParentLink;
  /** Whether its children may act in other workspaces of the organization. Default: false. */
  readonly acrossWorkspaces?: boolean;
}

export type RunSearch = Partial<Record<"status" | "name" | "workspace" | "organization", string>>;

interface LocatedRun {
  readonly shard: Shard;
  readonly row: RunRow;
}

export class RunLedger {
  readonly #store: Store;
  readonly #engine: RunEngine;
  readonly #operations: RunOperations;

  constructor(store: Store, engine: RunEngine = new RunEngine(store)) {
    this.#store = store;
    this.#engine = engine;
    this.#operations = new RunOperations(store, engine);
  }

  /** Accepts a run: ledger, then queue. The same id again answers the run that is there. */
  async submit(run: NewRun): Promise<Workflow> {
    const shard = this.#store.keyspace.shardOf(run.organizationId);
    const spec = specOfRun(run);
    const { graph } = knownRun(spec);
    const nodes = graph.order.map((id) => [
      id,
      graph.indegree.get(id) ?? 0,
      JSON.stringify(graph.dependents.get(id) ?? []),
    ]);
    const keys = [shard.run(run.id), shard.runIndegree(run.id), shard.runDependents(run.id)];
    const args = [
      shard.prefix,
      run.id,
      JSON.stringify(spec),
      run.organizationId,
      spec.created_at,
      JSON.stringify(nodes),
      spec.parent?.task_id ?? "",
    ];
    await this.#store.scripts.run(createRunScript, keys, args);
    await enqueueRun(this.#store, shard, spec);
    const accepted = await this.find(run.id);
    if (accepted === null) throw new DroverError("internal", { detail: "The run was accepted and is gone." });
    return accepted;
  }

  async find(id: string): Promise<Workflow | null> {
    const located = await this.locate(id);
    return located === null ? null : await readRunView(this.#store, located.shard, located.row);
  }

  /** The row and where it lives, without its steps; null when there is none. */
  async locate(id: string): Promise<LocatedRun | null> {
    return await onAnyShard(this.#store.keyspace, async (shard) => {
      const row = parseRunRow(await this.#store.redis.hgetall(shard.run(id)));
      return row === null ? null : { shard, row };
    });
  }

  async list(request: PageRequest & { search: RunSearch }): Promise<Page<WorkflowSummary>> {
    const { search } = request;
    const searching = Object.keys(search).length > 0;
    return await readPage(this.#store, "runs", request, {
      load: (ids) => this.#rows(ids),
      matches: searching ? (row) => matches(row, search) : null,
      show: async (rows) => rows.map(toSummary),
    });
  }

  /**
   * Cancels a run: from now on no step becomes ready, queued steps end at once, running ones are told to stop, and the run
   * ends when the last of them has.
   * @throws DroverError not_found, already_final
   */
  async cancel(id: string, by: string): Promise<Workflow> {
    const located = await this.locate(id);
    if (located === null) throw new DroverError("not_found");
    const { shard, row } = located;
    const args = [shard.prefix, id, by, new Date().toISOString()];
    const outcome = z
      .enum(["missing", "final", "halted"])
      .parse(await this.#store.scripts.run(haltRunScript, [shard.run(id)], args));
    if (outcome === "missing") throw new DroverError("not_found");
    if (outcome === "final") throw new DroverError("already_final");
    await this.#engine.cancelSteps(shard, id, by);
    // Where none of its steps runs, it has ended now and need not wait for the orchestrator.
    const conclusion = await concludeRun(this.#store, shard, knownRun(row.spec));
    if (conclusion.kind === "ended") await dropJob(this.#store, shard, "workflow", id);
    return await this.#get(id);
  }

  /** @throws DroverError not_found, already_final, conflict; see `RunOperations` */
  async pause(id: string, by: string): Promise<Workflow> {
    await this.#operations.pause(await this.#shardOf(id), id, by);
    return await this.#get(id);
  }

  /** @throws DroverError not_found, already_final; see `RunOperations` */
  async resume(id: string, by: string): Promise<Workflow> {
    await this.#operations.resume(await this.#shardOf(id), id, by);
    return await this.#get(id);
  }

  /** @throws DroverError not_found, conflict, validation_failed; see `RunOperations` */
  async retry(id: string, fromStep: string | null, by: string): Promise<Workflow> {
    await this.#operations.retry(await this.#shardOf(id), id, fromStep, by);
    return await this.#get(id);
  }

  /** Runs a failed step of a run again. @throws DroverError not_found, conflict; see `RunOperations` */
  async redriveStep(id: string, instance: string, by: string): Promise<void> {
    await this.#operations.redriveStep(await this.#shardOf(id), id, instance, by);
  }

  async #shardOf(id: string): Promise<Shard> {
    const located = await this.locate(id);
    if (located === null) throw new DroverError("not_found");
    return located.shard;
  }

  async #get(id: string): Promise<Workflow> {
    const run = await this.find(id);
    if (run === null) throw new DroverError("not_found");
    return run;
  }

  /**
   * Cancels one task, a run's step included: its run learns of it at once.
   * @throws DroverError not_found, already_final
   */
  async cancelTask(shard: Shard, taskId: string, by: string): Promise<void> {
    const outcome = await cancelTask(this.#store, shard, taskId, by);
    if (outcome === "requested") return;
    const [agent, run, step] = await this.#store.redis.hmget(shard.task(taskId), "agent", "run", "step");
    if (run && step) await this.#engine.stepEnded(shard, run, step);
    await cancelChildOf(this.#store, this.#engine, shard, taskId, by);
    if (agent) await dropJob(this.#store, shard, agent, taskId);
  }

  /** Cancels a run that a step started, where no step waits for it: that step was cancelled meanwhile. */
  async cancelOrphan(shard: Shard, id: string): Promise<void> {
    const located = await this.locate(id);
    if (located !== null) await cancelOrphan(this.#store, this.#engine, shard, located.row);
  }

  async #rows(ids: readonly string[]): Promise<(RunRow | null)[]> {
    const rows: (RunRow | null)[] = ids.map(() => null);
    for (const shard of this.#store.keyspace.shards) {
      const pipeline = this.#store.redis.pipeline();
      for (const id of ids) pipeline.hgetall(shard.run(id));
      const replies = await repliesOf(pipeline);
      for (const [position, fields] of replies.entries()) {
        const row = parseRunRow(asFields(fields));
        if (row !== null) rows[position] = row;
      }
    }
    return rows;
  }
}

/** A run without a workspace gets one of its own, named after the run. */
export function scratchWorkspaceOf(runId: string): string {
  return `ws-${runId.slice(runId.indexOf("_") + 1)}`;
}

function specOfRun(run: NewRun): RunSpec {
  return {
    id: run.id,
    definition: run.definition,
    organization_id: run.organizationId,
    workspace_id: run.definition.workspace_id ?? scratchWorkspaceOf(run.id),
    priority: run.definition.priority ?? "normal",
    labels: run.definition.labels ?? {},
    created_by: run.createdBy,
    created_at: new Date().toISOString(),
    traceparent: run.traceparent,
    ...(run.template === undefined ? {} : { template: run.template }),
    ...(run.schedule === undefined ? {} : { schedule: run.schedule }),
    ...(run.parent === undefined ? {} : { parent: run.parent }),
    ...(run.acrossWorkspaces === true ? { across_workspaces: true } : {}),
  };
}

function matches(row: RunRow, search: RunSearch): boolean {
  const values: Record<string, string> = {
    status: runStatusOf(row),
    name: row.spec.definition.name,
    workspace: row.spec.workspace_id,
    organization: row.spec.organization_id,
  };
  return Object.entries(search).every(([key, wanted]) => values[key] === wanted);
}
