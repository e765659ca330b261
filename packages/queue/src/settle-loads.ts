/** Finds tasks that are counted in a quota, or hold a workspace, otherwise than their status says; and mends that. */
import { z } from "zod";
import { settleLoadScript } from "./scripts/settle-load.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { called, wake } from "./wake.ts";

const reply = z.union([z.tuple([z.literal(0)]), z.tuple([z.literal(1), called])]);

/**
 * @param mend false: only looks
 * @returns those that were not right
 */
export async function settleLoads(
  store: Store,
  shard: Shard,
  taskIds: readonly string[],
  mend: boolean,
): Promise<string[]> {
  const replies = await store.scripts.runMany(
    settleLoadScript,
    taskIds.map((id) => ({ keys: [shard.task(id)], args: [shard.prefix, id, mend ? 1 : 0] })),
  );
  const found: string[] = [];
  for (const [position, id] of taskIds.entries()) {
    const answer = replies[position];
    if (answer instanceof Error) throw answer;
    const [isWrong, next = []] = reply.parse(answer);
    if (isWrong === 0) continue;
    found.push(id);
    await wake(store, shard, next);
  }
  return found;
}
