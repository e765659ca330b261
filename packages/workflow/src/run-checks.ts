/** What upkeep looks for among runs. */
import { asFields, type LeakCheck, orphanRun, runStuck, type Shard, type Store } from "@drover/queue";
import { cancelOrphan } from "./child-runs.ts";
import { RunEngine } from "./run-engine.ts";
import { requeueRun } from "./run-job.ts";
import { parseRunRow } from "./run-row.ts";

export const runChecks: readonly LeakCheck[] = [orphanRun(endOrphan), runStuck(wakeRun)];

/** Gives a run a new job, which looks where the run stands and starts what is ready. */
async function wakeRun(store: Store, shard: Shard, runId: string): Promise<void> {
  const row = parseRunRow(asFields(await store.redis.hgetall(shard.run(runId))));
  if (row === null) return;
  await requeueRun(store, shard, row.spec);
  store.logger.warn({ workflow_id: runId }, "a run without a live job was queued again");
}

async function endOrphan(store: Store, shard: Shard, runId: string): Promise<void> {
  const row = parseRunRow(asFields(await store.redis.hgetall(shard.run(runId))));
  if (row !== null) await cancelOrphan(store, new RunEngine(store), shard, row);
}
