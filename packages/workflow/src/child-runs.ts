/**
 * Runs within runs: a child's end wakes the step that waits for it, and the end of that step is the end of the child.
 * What dies between the two is found by the sweeper: a due step by the ledger's mark, a child without its step by its link.
 */
import { control, isFinal } from "@drover/contracts";
import { asFields, parseTaskRow, type Shard, type Store, wakeTask } from "@drover/queue";
import type { ParentLink } from "./parent-link.ts";
import type { RunEngine } from "./run-engine.ts";
import { parseRunRow, type RunRow, type RunSpec } from "./run-row.ts";
import { haltRunScript } from "./scripts/run-scripts.ts";

/** Lets the step that waits for a run that has ended go on. */
export async function wakeParent(store: Store, shard: Shard, { parent }: RunSpec): Promise<void> {
  if (parent !== undefined) await wakeTask(store, shard, control.name, parent.task_id);
}

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
  await engine.cancelSteps(shard, row.spec, by);
  await engine.concludeIfQuiet(shard, runId);
}
