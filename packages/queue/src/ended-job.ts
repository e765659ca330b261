/** Takes the job of something that has ended from its queue, so that the same id can be added again. */
import { setTimeout as delay } from "node:timers/promises";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";

/** The worker that ended it may still have to say so to BullMQ. */
const triesMax = 20;
const pauseMs = 25;

/** Gives up after half a second: then the sweeper finds that the new life has no job. Its children stay where they are. */
export async function removeEndedJob(store: Store, shard: Shard, queue: string, id: string): Promise<void> {
  const jobs = store.queue(shard, queue);
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const removed = await jobs.remove(id, { removeChildren: false }).catch(() => 0);
    if (removed === 1 || (await store.redis.exists(jobs.toKey(id))) === 0) return;
    await delay(pauseMs);
  }
}
