/** How fast an agent finishes tasks, and how long so many take at that rate. */
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";

/** Said where nothing was finished lately, so that no rate is known. */
const unknownMs = 60_000;
const longestMs = 3_600_000;

/** Tasks a minute on one shard, over the last full minute and the present one. */
export async function finishedPerMinute(store: Store, shard: Shard, agent: string): Promise<number> {
  const now = Date.now();
  const minute = Math.floor(now / 60_000);
  const counts = await store.redis.mget(shard.finished(agent, minute - 1), shard.finished(agent, minute));
  const finished = counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
  return (finished * 60_000) / (60_000 + (now % 60_000));
}

/** Until `tasks` of them are done, in milliseconds: at least a second, at most an hour. */
export function drainMs(tasks: number, perMinute: number): number {
  if (perMinute <= 0) return unknownMs;
  return Math.min(longestMs, Math.max(1_000, (tasks / perMinute) * 60_000));
}
