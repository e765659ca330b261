/**
 * Runs within runs: the end of the step that waits for a run is the end of that run. A child whose step ended while nobody
 * could cancel it is found by the sweeper.
 */
import { isFinal, systemQueues } from "@drover/contracts";
import { asFields, dropJob, parseTaskRow, type Shard, type Store } from "@drover/queue";
import { concludeRun } from "./conclude-run.ts";
import type { ParentLink } from "./parent-link.ts";
import type { RunEngine } from "./run-engine.ts";
import { parseRunRow, type RunRow } from "./run-row.ts";
import { knownRun } from "./run-specs.ts";
import { haltRunScript } from "./scripts/halt-run.ts";

/** Cancels the run that a step waits for, if it waits for one; does nothing where that has ended. */
export async function cancelChildOf(
  store: Store,
  engine: RunEngine,
  shard: Shard,
  taskId: string,
  by: string,
): Promise<void> {
  const task = parseTaskRow(asFields(await store.redis.hgetall(shard.task(taskId))));
  if (task?.waits_for?.kind === "workflow") await cancelRun(store, engine, shard, task.waits_for.id, by);
}

/** Cancels a run whose step is not there any more, or has ended without it. @returns whether it did */
export async function cancelOrphan(
  store: Store,
  engine: RunEngine,
  shard: Shard,
  row: RunRow,
): Promise<boolean> {
  const { parent, id } = row.spec;
  if (parent === undefined || isFinal(row.status) || row.halted !== "") return false;
  if (await isWaitedFor(store, shard, parent)) return false;
  await cancelRun(store, engine, shard, id, `the end of ${parent.task_id}`);
  store.logger.warn(
    { workflow_id: id, task_id: parent.task_id },
    "a run that no step waits for was cancelled",
  );
  return true;
}

async function isWaitedFor(store: Store, shard: Shard, { task_id: taskId }: ParentLink): Promise<boolean> {
  const status = await store.redis.hget(shard.task(taskId), "status");
  return status !== null && !isFinal(status);
}

async function cancelRun(
  store: Store,
  engine: RunEngine,
  shard: Shard,
  runId: string,
  by: string,
): Promise<void> {
  const row = parseRunRow(asFields(await store.redis.hgetall(shard.run(runId))));
  if (row === null || isFinal(row.status)) return;
  const args = [shard.prefix, runId, by, new Date().toISOString()];
  await store.scripts.run(haltRunScript, [shard.run(runId)], args);
  await engine.cancelSteps(shard, runId, by);
  const conclusion = await concludeRun(store, shard, knownRun(row.spec));
  if (conclusion.kind === "ended") await dropJob(store, shard, systemQueues.workflow, runId);
}
