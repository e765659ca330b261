/** Scheduled upkeep: one job per shard every few seconds sweeps what kills have left, wherever an orchestrator is free. */
import { Consumer, type Shard, type Store, sweepTasks } from "@drover/queue";
import { RunEngine, sweepDeadlines, sweepRuns } from "@drover/workflow";

const everyMs = 3_000;

export interface MaintenanceOptions {
  readonly store: Store;
  readonly lockMs: number;
}

export function startMaintenanceConsumer(options: MaintenanceOptions): Consumer {
  const { store } = options;
  const engine = new RunEngine(store);
  for (const shard of store.keyspace.shards) {
    schedule(store, shard).catch((error: unknown) => {
      store.logger.warn(
        { err: error },
        "upkeep could not be scheduled; another orchestrator or the next start does it",
      );
    });
  }
  return new Consumer({
    ...options,
    queue: "maintenance",
    concurrency: 1,
    handle: async (shard) => {
      const expired = await sweepDeadlines(store, shard, engine);
      if (expired > 0) store.logger.info({ expired }, "tasks ended because their time was over");
      const swept = await sweepTasks(store, shard);
      const runs = await sweepRuns(store, shard);
      if (swept.requeued + swept.forgotten + runs > 0) store.logger.info({ ...swept, runs }, "upkeep mended");
      return { kind: "done" };
    },
  });
}

async function schedule(store: Store, shard: Shard): Promise<void> {
  await store
    .queue(shard, "maintenance")
    .upsertJobScheduler(
      "sweep",
      { every: everyMs },
      { name: "sweep", opts: { removeOnComplete: { count: 20 }, removeOnFail: { count: 20 } } },
    );
}
