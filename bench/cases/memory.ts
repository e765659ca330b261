/** Bytes of Redis that a finished task keeps, until its retention ends. */
import type { Redis } from "ioredis";
import type { BenchOptions } from "../bench-options.ts";
import type { Comparison, Part } from "../report/results.ts";
import type { World } from "../world.ts";
import { addJobs, submitTasks, untilJobsAre, untilTasksAre } from "./no-op-tasks.ts";

export async function measureMemory(
  world: World,
  options: BenchOptions,
): Promise<{ comparison: Comparison; parts: Part[] }> {
  const { redis } = world;
  const { keyspace } = world.store;
  const count = options.memoryTasks;
  const grown = async (work: () => Promise<void>) => {
    const before = await usedBytes(redis);
    await work();
    return ((await usedBytes(redis)) - before) / count;
  };
  const baseline = await grown(async () => {
    await addJobs(world, count);
    await untilJobsAre(world, 0);
  });
  let last = "";
  const drover = await grown(async () => {
    last = (await submitTasks(world, count)).at(-1) ?? "";
    await untilTasksAre(world, 0);
  });
  const shard = keyspace.shardOf("default");
  const keys = {
    "the ledger's row": shard.task(last),
    "its result": shard.taskResult(last),
    "its events": shard.events({ kind: "task", id: last }),
    "BullMQ's job": `${shard.prefix}:diagnostics:${last}`,
  };
  const parts = await Promise.all(
    Object.entries(keys).map(async ([name, key]) => ({
      name: `memory: ${name}`,
      what: `Redis memory of ${name} of a finished task`,
      unit: "bytes",
      value: (await redis.memory("USAGE", key)) ?? 0,
    })),
  );
  const comparison: Comparison = {
    name: "memory",
    what: "Redis memory for each finished task that is still kept",
    unit: "bytes/task",
    baseline,
    drover,
    ratio: drover / baseline,
    rounds: [{ baseline, drover }],
  };
  return { comparison, parts };
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1] ?? 0);
}
