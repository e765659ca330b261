/** Makes a job that waits for its time run now. */
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";

/** Whoever is awake already, or gone, stays so. */
export async function wakeJob(store: Store, shard: Shard, queue: string, id: string): Promise<void> {
  try {
    await store.queue(shard, queue).getBackend().promote(id);
  } catch (error) {
    store.logger.debug({ err: error, job_id: id }, "a job that was to wake was not delayed");
  }
}
