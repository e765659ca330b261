/** Keeps what a fault is found by: the work, what the API says of it, its stored rows and events, and the services' logs. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Shard, Store } from "@drover/queue";
import type { WorkRecord } from "./work-record.ts";

const eventsMax = 5_000;

/** @param faulty the numbers of the pieces of work that something is wrong with */
export async function keepEvidence(
  store: Store,
  records: readonly WorkRecord[],
  faulty: ReadonlySet<number>,
  logs: string,
  directory: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await cp(logs, join(directory, "logs"), { recursive: true });
  for (const record of records.filter(({ work }) => faulty.has(work.index))) {
    const stored =
      record.kind === "task" ? await taskEvidence(store, record) : await runEvidence(store, record);
    const text = JSON.stringify({ ...record, stored }, null, 2);
    await writeFile(join(directory, `work-${record.work.index}.json`), text);
  }
}

async function taskEvidence(store: Store, { task }: WorkRecord & { kind: "task" }) {
  const shard = store.keyspace.shardOf(task.organization_id);
  return await rowAndEvents(store, shard, shard.task(task.id));
}

async function runEvidence(store: Store, { run }: WorkRecord & { kind: "run" }) {
  const shard = store.keyspace.shardOf(run.organization_id);
  const tasks: Record<string, unknown> = {};
  for (const { task_id } of run.steps)
    if (task_id !== undefined) {
      const result = await store.redis.get(shard.taskResult(task_id));
      tasks[task_id] = { ...(await store.redis.hgetall(shard.task(task_id))), result };
    }
  return {
    ...(await rowAndEvents(store, shard, shard.run(run.id))),
    ended: await store.redis.hgetall(shard.runEnded(run.id)),
    indegree: await store.redis.hgetall(shard.runIndegree(run.id)),
    tasks,
  };
}

async function rowAndEvents(store: Store, shard: Shard, key: string) {
  const { prefix } = shard;
  const events = await store.redis.xrange(`${key}:events`, "-", "+", "COUNT", eventsMax);
  const told = events.map(([id, fields]) => `${id} ${fields.join(" ")}`);
  return { prefix, row: await store.redis.hgetall(key), events: told };
}
