/** Makes a job that waits for its time run now. */
import type { Shard } from "./keyspace.ts";
import type { Store } from "./store.ts";

/** Whoever is awake already, or gone, stays so; what a lost wake-up leaves asleep looks by itself at the end of its delay. */
export async function wakeJob(store: Store, shard: Shard, queue: string, id: string): Promise<void> {
  const job = await store.queue(shard, queue).getJob(id);
  await job?.promote().catch(() => undefined);
}
