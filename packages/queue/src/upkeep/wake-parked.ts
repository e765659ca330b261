/**
 * Wakes tasks that wait for a workspace which nobody holds: its holder died, or left in the moment in which they parked.
 * A safety net: who leaves a workspace wakes the next in line itself.
 */
import type { Shard } from "../keyspace.ts";
import type { Store } from "../store.ts";
import { queueOfAgent, taskAgents } from "../task-queue.ts";
import { membersOf, walkParts } from "./walk.ts";

const sliceSize = 200;
const cursorField = "wake-parked";
const parked = walkParts(async (_store, shard) =>
  taskAgents.map((agent) => ({ key: shard.parked(agent), name: (id) => `${agent} ${id}`, read: membersOf })),
);

export async function wakeParked(store: Store, shard: Shard): Promise<void> {
  const cursor = (await store.redis.hget(shard.upkeepCursors(), cursorField)) ?? "";
  const slice = await parked(store, shard, cursor, sliceSize);
  for (const member of slice.ids) {
    const [agent = "", id = ""] = member.split(" ");
    const tenant = await store.redis.hget(shard.task(id), "tenant");
    const [organizationId = "", workspaceId = ""] = tenant?.split("/") ?? [];
    if ((await store.redis.exists(shard.slot(organizationId, workspaceId))) === 1) continue;
    const job = await store.queue(shard, queueOfAgent(agent)).getJob(id);
    await job?.promote().catch(() => undefined);
  }
  await store.redis.hset(shard.upkeepCursors(), cursorField, slice.cursor);
}
