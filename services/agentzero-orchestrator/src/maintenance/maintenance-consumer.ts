/**
 * Scheduled upkeep: one job per shard every few seconds, wherever an orchestrator is free. Each pass is bounded, and mending
 * twice is mending once, so passes of several orchestrators may overlap.
 */
import {
  Consumer,
  type LeakCheck,
  mirrorDeadLetters,
  type RetentionLimits,
  retire,
  type Shard,
  type Store,
  sweepLeaks,
  taskChecks,
  wakeForgotten,
} from "@drover/queue";
import { RunEngine, runChecks, sweepDeadlines } from "@drover/workflow";
import { ScheduleFirings } from "./schedule-firings.ts";
import type { UpkeepMetrics } from "./upkeep-metrics.ts";

const everyMs = 3_000;
const checks: readonly LeakCheck[] = [...taskChecks, ...runChecks];

export interface MaintenanceOptions {
  readonly store: Store;
  readonly lockMs: number;
  readonly retention: RetentionLimits;
  readonly metrics: UpkeepMetrics;
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
  const schedules = new ScheduleFirings(store);
  const sweeping = new Set<number>();
  return new Consumer({
    store,
    lockMs: options.lockMs,
    queue: "maintenance",
    // A schedule fires also while a pass goes on.
    concurrency: 4,
    handle: async (shard, jobId) => {
      const fired = await schedules.handle(shard, jobId);
      if (fired !== null) return fired;
      // A pass that takes long is not joined by the next one of this process.
      if (sweeping.has(shard.number)) return { kind: "done" };
      sweeping.add(shard.number);
      try {
        await sweep(options, engine, shard);
        await schedules.sweep(shard);
      } finally {
        sweeping.delete(shard.number);
      }
      return { kind: "done" };
    },
  });
}

async function sweep(
  { store, retention, metrics }: MaintenanceOptions,
  engine: RunEngine,
  shard: Shard,
): Promise<void> {
  const expired = await metrics.time("deadlines", () => sweepDeadlines(store, shard, engine));
  if (expired > 0) store.logger.info({ expired }, "tasks ended because their time was over");
  metrics.repaired(await metrics.time("leaks", () => sweepLeaks(store, shard, checks)));
  await metrics.time("waiting", () => wakeForgotten(store, shard));
  await metrics.time("mirror", () => mirrorDeadLetters(store, shard));
  metrics.retired(await metrics.time("retire", () => retire(store, shard, retention)));
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
