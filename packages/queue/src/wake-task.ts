/**
 * Wakes tasks that wait without a worker. Who makes a task due says so in the ledger first (its place in `waiting:<agent>`
 * becomes now), then wakes its job; what dies between the two is found here by the sweeper.
 */
import { control } from "@drover/contracts";
import type { Shard } from "./keyspace.ts";
import type { Store } from "./store.ts";
import { queueOfAgent } from "./task-queue.ts";
import { wakeJob } from "./wake-job.ts";

const chunkSize = 500;
/** Whoever made a task due may still be about to wake it. */
const settleMs = 1_000;

/** Lets the job of a task be taken now. Nothing happens where it is not delayed: then it is taken anyway, or gone. */
export async function wakeTask(store: Store, shard: Shard, agent: string, taskId: string): Promise<void> {
  await wakeJob(store, shard, queueOfAgent(agent), taskId);
}

/**
 * To be called once the job of a waiting task is delayed: wakes it where it was made due before that, and so found no job
 * that slept.
 */
export async function wakeIfDue(store: Store, shard: Shard, agent: string, taskId: string): Promise<void> {
  const at = await store.redis.zscore(shard.waiting(agent), taskId);
  if (at !== null && Number(at) <= Date.now()) await wakeTask(store, shard, agent, taskId);
}

/** Wakes the control steps that are due and sleep all the same. @returns how many slept */
export async function wakeDueSteps(store: Store, shard: Shard): Promise<number> {
  const delayed = `${shard.prefix}:${queueOfAgent(control.name)}:delayed`;
  const waiting = shard.waiting(control.name);
  const nowMs = Date.now();
  let woken = 0;
  for (let offset = 0; ; offset += chunkSize) {
    const due = await store.redis.zrangebyscore(
      waiting,
      "-inf",
      nowMs - settleMs,
      "LIMIT",
      offset,
      chunkSize,
    );
    if (due.length === 0) return woken;
    const scores = await store.redis.zmscore(delayed, ...due);
    for (const [position, id] of due.entries()) {
      const score = scores[position];
      // BullMQ keeps the time in the upper bits: what it wakes by itself just now is left to it.
      if (score === null || score === undefined || Number(score) / 0x1000 <= nowMs) continue;
      await wakeTask(store, shard, control.name, id);
      woken += 1;
    }
  }
}
