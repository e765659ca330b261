/** What may not be there when all work is done: counters, slots, jobs in flight, keys that never expire. */
import { queueNames, type Store } from "@drover/queue";
import { Cluster, type Redis } from "ioredis";
import { leftovers } from "../../e2e/leftovers.ts";

/** Keys of work that is under way; each must be gone with it. */
const ofWork = [/:unfinished:/, /:waiting:/, /:parked:/, /:slot:/, /:(?:task|wf)_[0-9a-z]{26}:lock$/];
const unsettled = ["wait", "active", "delayed", "prioritized", "waiting-children"] as const;
/** These run for ever, or only show what the ledger holds. */
const ofUpkeep = new Set(["maintenance", "dead-letter"]);

export async function auditLeftovers(store: Store): Promise<string[]> {
  // A scan sees one server only.
  const servers = store.redis instanceof Cluster ? store.redis.nodes("master") : [store.redis];
  const faults = await jobsInFlight(store);
  for (const server of servers) {
    faults.push(...(await keysOfWork(server)).map((key) => `the key ${key} is left`));
    faults.push(...(await leftovers(server)).map((key) => `the key ${key} never expires`));
  }
  return faults;
}

async function jobsInFlight(store: Store): Promise<string[]> {
  const faults: string[] = [];
  for (const shard of store.keyspace.shards) {
    for (const name of queueNames.filter((queue) => !ofUpkeep.has(queue))) {
      const counts = await store.queue(shard, name).getJobCounts(...unsettled);
      const some = Object.entries(counts).filter(([, count]) => count > 0);
      faults.push(...some.map(([state, count]) => `${count} jobs of ${shard.prefix}:${name} are ${state}`));
    }
  }
  return faults;
}

async function keysOfWork(server: Redis): Promise<string[]> {
  const found: string[] = [];
  for await (const keys of server.scanStream({ count: 500 })) {
    const names = Array.isArray(keys) ? keys.map(String) : [];
    found.push(...names.filter((key) => ofWork.some((pattern) => pattern.test(key))));
  }
  return found;
}
