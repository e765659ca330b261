/** The `dead-letter` queue mirrors the ledger's dead letters for Bull Board; the same id twice is one job. */

import { systemQueues } from "@drover/contracts";
import type { Queue } from "bullmq";
import { repliesOf } from "../replies-of.ts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";

const batchSize = 500;

/** @returns how many were shown */
export async function mirrorDeadLetters(store: Store, shard: Shard): Promise<number> {
  const list = shard.unmirroredDeadLetters();
  const ids = await store.redis.lrange(list, 0, batchSize - 1);
  if (ids.length === 0) return 0;
  const letters = await store.redis.mget(ids.map((id) => shard.deadLetter(id)));
  const jobs = ids.flatMap((id, position) => {
    const letter = letters[position];
    if (letter === null || letter === undefined) return [];
    return [
      {
        name: "dead-letter",
        data: JSON.parse(letter),
        opts: { jobId: id, removeOnComplete: true, removeOnFail: true },
      },
    ];
  });
  const queue = store.queue(shard, systemQueues.deadLetter);
  await queue.addBulk(jobs);
  await removeDropped(store, shard, queue, ids);
  // By value: another sweeper may have taken the same ones, and a letter may have come or gone meanwhile.
  const writing = store.redis.pipeline();
  for (const id of ids) writing.lrem(list, 1, id);
  await repliesOf(writing);
  return jobs.length;
}

/**
 * Letters that were dropped or redriven since they were read. Whoever drops one removes its job afterwards, so one that
 * is still there now is not left behind either.
 */
async function removeDropped(
  store: Store,
  shard: Shard,
  queue: Queue,
  ids: readonly string[],
): Promise<void> {
  const letters = await store.redis.mget(ids.map((id) => shard.deadLetter(id)));
  await Promise.all(ids.map((id, position) => (letters[position] === null ? queue.remove(id) : undefined)));
}
