/** What the ledger holds against what was acknowledged: nothing lost, nothing twice, nothing that changed after its end. */
import type { Shard, Store } from "@drover/queue";
import { z } from "zod";
import type { WorkRecord } from "../harness/work-record.ts";

const withParent = z.looseObject({ parent: z.looseObject({ workflow_id: z.string() }) });

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

/** Runs and tasks that are not of a run: those are not submitted by anybody, and the events of their run tell of them. */
async function submittedTo(store: Store, shard: Shard): Promise<string[]> {
  const found: string[] = [];
  for (const organization of await store.redis.smembers(shard.organizations())) {
    for (const id of await store.redis.zrange(shard.index("runs", organization), "0", "-1"))
      if (!isChild(await store.redis.hget(shard.run(id), "spec"))) found.push(id);
    for (const id of await store.redis.zrange(shard.index("tasks", organization), "0", "-1"))
      if ((await store.redis.hget(shard.task(id), "run")) === "") found.push(id);
  }
  return found;
}

/** Whether a step of another run started it. */
function isChild(spec: string | null): boolean {
  return spec !== null && withParent.safeParse(JSON.parse(spec)).success;
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
