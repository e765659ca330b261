/** Gives tasks their jobs again, where these are gone or ended without them. Doing it twice is doing it once. */
import { enqueue } from "./enqueue.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { asFields } from "./task-ledger.ts";
import { queueOfAgent } from "./task-queue.ts";
import { parseTaskRow, waitsUntilMs } from "./task-row.ts";

export async function requeueTasks(store: Store, shard: Shard, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const row = parseTaskRow(asFields(await store.redis.hgetall(shard.task(id))));
    if (row === null) continue;
    const { spec } = row;
    // What ended in BullMQ without ending in the ledger would make the new job a duplicate.
    await store.queue(shard, queueOfAgent(spec.agent)).remove(id, { removeChildren: false });
    await enqueue(store, shard, [
      {
        id,
        agent: spec.agent,
        name: String(spec.payload["action"] ?? spec.type),
        priority: row.priority,
        delayMs: Math.max(0, (waitsUntilMs(row) ?? 0) - Date.now()),
        parentRunId: spec.workflow_id,
      },
    ]);
    store.logger.warn({ task_id: id, status: row.status }, "a task without a live job was queued again");
  }
}
