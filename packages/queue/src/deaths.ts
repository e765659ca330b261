/** The deaths of a task: each time that it failed for good, and who queued it again after that. */
import { type Death, deadLetter } from "@drover/contracts";
import { z } from "zod";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { json } from "./task-row.ts";

const entry = z.union([
  z.object({ worker: z.string(), letter: deadLetter }),
  z.object({ redriven_by: z.string(), redriven_at: z.string() }),
]);

/** Oldest first; only the newest are kept. */
export async function readDeaths(store: Store, shard: Shard, taskId: string): Promise<Death[]> {
  const deaths: Death[] = [];
  for (const text of await store.redis.lrange(shard.taskDeaths(taskId), 0, -1)) {
    const found = json(entry).parse(text);
    if ("letter" in found) {
      const { id, attempts, failed_at, error } = found.letter;
      deaths.push({
        dead_letter_id: id,
        worker: found.worker,
        attempts,
        failed_at,
        error,
        redriven_by: null,
        redriven_at: null,
      });
      continue;
    }
    const last = deaths.pop();
    if (last !== undefined) deaths.push({ ...last, ...found });
  }
  return deaths;
}
