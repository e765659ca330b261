/**
 * Starts parked tasks that were called: their jobs leave the delayed set and stand in the queue at their old place. The only
 * place where a wait for a slot, a quota or a paused run ends before its safety net.
 */
import { z } from "zod";
import { callWaitingScript } from "./scripts/call-waiting.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { wakeTask } from "./wake-task.ts";

/** `[id, agent, id, agent, …]`, as a script answers who may start. */
export const called = z.array(z.string());

/** How many lines one pass of the sweeper looks at. */
const linesMax = 200;
/** Whoever was called this long ago and has not started has lost its caller. */
const lateMs = 2_000;

/** Promotes the jobs of those that were called; one that is not delayed yet looks for the call by itself. */
export async function wake(store: Store, shard: Shard, next: readonly string[]): Promise<void> {
  const woken: Promise<void>[] = [];
  for (let at = 0; at + 1 < next.length; at += 2) {
    woken.push(wakeTask(store, shard, next[at + 1] ?? "", next[at] ?? ""));
  }
  await Promise.all(woken);
}

/**
 * To be called once a parked task's job is delayed: wakes it where the call came before that, and so found no delayed job.
 * @param line what the claim said it stands in
 */
export async function wakeIfCalled(
  store: Store,
  shard: Shard,
  task: { readonly id: string; readonly agent: string; readonly line: string },
): Promise<void> {
  const stands = task.line.endsWith(":held")
    ? (await store.redis.sismember(task.line, task.id)) === 1
    : (await store.redis.zscore(task.line, task.id)) !== null;
  if (!stands) await wakeTask(store, shard, task.agent, task.id);
}

/** Calls those whom nobody else calls: their holder or their caller died. @returns how many */
export async function wakeForgotten(store: Store, shard: Shard): Promise<number> {
  const before = Math.floor((Date.now() - lateMs) / 1000);
  const args = [shard.prefix, "", linesMax, before];
  const next = called.parse(await store.scripts.run(callWaitingScript, [shard.lines()], args));
  await wake(store, shard, next);
  return next.length / 2;
}
