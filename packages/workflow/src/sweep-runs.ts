/** Finds runs that have no live job, and gives them one again; forgets those that have ended. Mending twice is mending once. */
import { isFinal } from "@drover/contracts";
import { asFields, type Shard, type Store } from "@drover/queue";
import { cancelOrphan } from "./child-runs.ts";
import { RunEngine } from "./run-engine.ts";
import { enqueueRun } from "./run-job.ts";
import { parseRunRow } from "./run-row.ts";

/** A run this young may still be on its way from the ledger to its queue. */
const settleMs = 5_000;

/** @returns how many runs were put on the queue again */
export async function sweepRuns(store: Store, shard: Shard): Promise<number> {
  let requeued = 0;
  const engine = new RunEngine(store);
  for await (const ids of store.redis.sscanStream(shard.unfinishedRuns(), { count: 200 })) {
    for (const id of runIds(ids)) if (await mend(store, engine, shard, id)) requeued += 1;
  }
  return requeued;
}

async function mend(store: Store, engine: RunEngine, shard: Shard, id: string): Promise<boolean> {
  const row = parseRunRow(asFields(await store.redis.hgetall(shard.run(id))));
  if (row === null || isFinal(row.status)) {
    await store.redis.srem(shard.unfinishedRuns(), id);
    return false;
  }
  if (Date.now() - Date.parse(row.spec.created_at) < settleMs) return false;
  if (await cancelOrphan(store, engine, shard, row)) return false;
  const queue = store.queue(shard, "workflow");
  const state = await queue.getJobState(id);
  if (state !== "unknown" && state !== "completed" && state !== "failed") return false;
  // A job that ended without its run would make the new one a duplicate.
  await queue.remove(id);
  await enqueueRun(store, shard, row.spec);
  store.logger.warn({ workflow_id: id, state }, "a run without a live job was queued again");
  return true;
}

function runIds(scanned: unknown): string[] {
  return Array.isArray(scanned) ? scanned.filter((id) => typeof id === "string") : [];
}
