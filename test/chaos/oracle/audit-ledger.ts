/** What the ledger holds against what was acknowledged: nothing lost, nothing twice, nothing that changed after its end. */
import type { Shard, Store } from "@drover/queue";
import type { WorkRecord } from "../harness/work-record.ts";

export async function auditLedger(
  store: Store,
  records: readonly WorkRecord[],
  accepted: ReadonlySet<string>,
): Promise<string[]> {
  const found = new Set<string>();
  for (const shard of store.keyspace.shards) for (const id of await submittedTo(store, shard)) found.add(id);
  const lost = [...accepted].filter((id) => !found.has(id));
  const unasked = [...found].filter((id) => !accepted.has(id));
  return [
    ...lost.map((id) => `${id} was acknowledged and is not in the ledger`),
    ...unasked.map((id) => `${id} is in the ledger twice or unasked`),
    ...(await changedAfterEnd(store, records)),
  ];
}

/** Runs, and tasks that are no steps: those are not submitted by anybody, and the events of their run tell of them. */
async function submittedTo(store: Store, shard: Shard): Promise<string[]> {
  const found: string[] = [];
  for (const organization of await store.redis.smembers(shard.organizations())) {
    found.push(...(await store.redis.zrange(shard.index("runs", organization), "0", "-1")));
    for (const id of await store.redis.zrange(shard.index("tasks", organization), "0", "-1"))
      if ((await store.redis.hget(shard.task(id), "run")) === "") found.push(id);
  }
  return found;
}

async function changedAfterEnd(store: Store, records: readonly WorkRecord[]): Promise<string[]> {
  const faults: string[] = [];
  for (const record of records) {
    const { id, status, organization_id } = record.kind === "task" ? record.task : record.run;
    const shard = store.keyspace.shardOf(organization_id);
    const key = record.kind === "task" ? shard.task(id) : shard.run(id);
    const now = await store.redis.hget(key, "status");
    if (now !== status) faults.push(`${id} ended as ${status} and is ${now} now`);
  }
  return faults;
}
