/** Control steps that somebody has made due (a decision, the end of a child) and whose jobs sleep: the wake was lost. */
import { control } from "@drover/contracts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import { queueOfAgent } from "../../task-queue.ts";
import { wakeTask } from "../../wake-task.ts";
import type { LeakCheck } from "../leak-check.ts";

/** BullMQ's score of a delayed job is the time in milliseconds × this, and a sequence number. */
const scorePerMs = 0x1000;

export const stepAsleep: LeakCheck = {
  kind: "step_asleep",
  walk: async (store, shard, cursor, limit) => {
    const offset = Number(cursor);
    const waiting = shard.waiting(control.name);
    const ids = await store.redis.zrangebyscore(waiting, "-inf", Date.now(), "LIMIT", offset, limit);
    return { ids, cursor: ids.length < limit ? "" : String(offset + limit) };
  },
  examine,
  async repair(store, shard, ids) {
    for (const id of ids) await wakeTask(store, shard, control.name, id);
  },
};

async function examine(store: Store, shard: Shard, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const nowMs = Date.now();
  const delayed = `${shard.prefix}:${queueOfAgent(control.name)}:delayed`;
  const [due, asleep] = await Promise.all([
    store.redis.zmscore(shard.waiting(control.name), ...ids),
    store.redis.zmscore(delayed, ...ids),
  ]);
  return ids.filter((_, position) => {
    const [dueMs, score] = [due[position] ?? null, asleep[position] ?? null];
    return dueMs !== null && Number(dueMs) <= nowMs && score !== null && Number(score) / scorePerMs > nowMs;
  });
}
