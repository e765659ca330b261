/** Drops dead letters; their tasks stay failed and are kept as long as any other. */
import { deadLetter, systemQueues } from "@drover/contracts";
import { z } from "zod";
import { dropLetterScript } from "../scripts/drop-letter.ts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";
import { json } from "../task-row.ts";

/** @returns how many are gone by this call */
export async function dropLetters(
  store: Store,
  shard: Shard,
  organization: string,
  ids: readonly string[],
): Promise<number> {
  if (ids.length === 0) return 0;
  const texts = await store.redis.mget(ids.map((id) => shard.deadLetter(id)));
  const calls = ids.map((id, position) => {
    const text = texts[position] ?? null;
    const taskId = text === null ? id : json(deadLetter).parse(text).task_id;
    return { keys: [shard.task(taskId)], args: [shard.prefix, taskId, id, organization] };
  });
  let count = 0;
  for (const reply of await store.scripts.runMany(dropLetterScript, calls)) {
    if (reply instanceof Error) throw reply;
    count += z.number().parse(reply);
  }
  const queue = store.queue(shard, systemQueues.deadLetter);
  await Promise.all(ids.map((id) => queue.remove(id)));
  return count;
}
