/**
 * Wakes tasks that wait without a worker. Who makes a task due says so in the ledger first (its place in `waiting:<agent>`
 * becomes now), then wakes its job; what dies between the two is found by upkeep.
 */
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { queueOfAgent } from "./task-queue.ts";
import { wakeJob } from "./wake-job.ts";

/** Lets the job of a task be taken now. Nothing happens where it is not delayed: then it is taken anyway, or gone. */
export async function wakeTask(store: Store, shard: Shard, agent: string, taskId: string): Promise<void> {
  await wakeJob(store, shard, queueOfAgent(agent), taskId);
}

/**
 * To be called once the job of a waiting task is delayed: wakes it where it was made due or ended before that, which found
 * no job that slept.
 */
export async function wakeIfDue(store: Store, shard: Shard, agent: string, taskId: string): Promise<void> {
  const at = await store.redis.zscore(shard.waiting(agent), taskId);
  if (at === null || Number(at) <= Date.now()) await wakeTask(store, shard, agent, taskId);
}
