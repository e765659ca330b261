/** What the ledger holds against what was acknowledged: nothing lost, nothing twice, nothing that changed after its end. */
import type { Shard, Store } from "@drover/queue";
import type { WorkRecord } from "../harness/work-record.ts";

export async function auditLedger(
  store: Store,
  records: readonly WorkRecord[],
  accepted: ReadonlySet<string>,
): Promise<string[]> {
  const faults: string[] = [];
  const found = new Set<string>();
  for (const shard of store.keyspace.shards) {
    for (const organization of await store.redis.smembers(shard.organizations())) {
      for (const id of await store.redis.zrange(shard.index("runs", organization), "0", "-1")) found.add(id);
      for (const id of await store.redis.zrange(shard.index("tasks", organization), "0", "-1")) {
        // A step's task is not submitted by anybody; the events of its run tell of it.
        if ((await store.redis.hget(shard.task(id), "run")) === "") found.add(id);
      }
    }
  }
  for (const id of accepted) if (!found.has(id)) faults.push(`${id} was acknowledged and is not in the ledger`);
  for (const id of found) if (!accepted.has(id)) faults.push(`${id} is in the ledger twice or unasked`);
  for (const record of records) {
    const [id, status, organization] =
      record.kind === "task"
        ? [record.task.id, record.task.status, record.task.organization_id]
        : [record.run.id, record.run.status, record.run.organization_id];
    const shard = store.keyspace.shardOf(organization);
    const now = await store.redis.hget(rowOf(shard, record, id), "status");
    if (now !== status) faults.push(`${id} ended as ${status} and is ${now} now`);
  }
  return faults;
}

function rowOf(shard: Shard, record: WorkRecord, id: string): string {
  return record.kind === "task" ? shard.task(id) : shard.run(id);
}
