/** What may not be there when all work is done: counters, slots, jobs in flight, keys that never expire. */
import { queueNames, type Store } from "@drover/queue";
import { Redis } from "ioredis";
import { leftovers } from "../../e2e/leftovers.ts";

/** Keys of work that is under way; each must be gone with it. */
const ofWork = [
  /:unfinished:/,
  /:waiting:/,
  /:parked:/,
  /:slot:/,
  /^[^:]*:(?:task|run):[^:]+:(?:lock|line)$/,
];
const unsettled = ["wait", "active", "delayed", "prioritized", "waiting-children"] as const;

export async function auditLeftovers(store: Store): Promise<string[]> {
  const faults: string[] = [];
  for (const shard of store.keyspace.shards) {
    for (const name of queueNames.filter((queue) => queue !== "maintenance" && queue !== "dead-letter")) {
      const counts = await store.queue(shard, name).getJobCounts(...unsettled);
      for (const [state, count] of Object.entries(counts))
        if (count > 0) faults.push(`${count} jobs of ${shard.prefix}:${name} are ${state}`);
    }
  }
  for (const node of masters(store)) {
    for await (const keys of node.scanStream({ count: 500 })) {
      for (const key of Array.isArray(keys) ? keys.map(String) : [])
        if (ofWork.some((pattern) => pattern.test(key))) faults.push(`the key ${key} is left`);
    }
    for (const key of await leftovers(node)) faults.push(`the key ${key} never expires`);
  }
  return faults;
}

/** A scan sees one server only. */
function masters(store: Store): Redis[] {
  return store.redis instanceof Redis ? [store.redis] : [];
}
