/**
 * Forgets what ended long ago, and the oldest of what is too much: row, result, events, job, letter, index entries, and a
 * run's steps with it. What is not final is never touched: each script looks again before it deletes.
 *
 * A pass is bounded by time; what it leaves is there for the next.
 */
import { systemQueues, usageDaysMax } from "@drover/contracts";
import { z } from "zod";
import { forgetOrganizationScript } from "../scripts/forget-organization.ts";
import { forgetRunScript } from "../scripts/forget-run.ts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";
import { dropLetters } from "./drop-letters.ts";
import { forgetTasks, stepsOf } from "./forget-tasks.ts";
import type { RetentionLimits } from "./retention-limits.ts";
import { membersOf, walkParts } from "./walk.ts";

export interface Retired {
  readonly tasks: number;
  readonly runs: number;
  readonly deadLetters: number;
}

const batchSize = 200;
/** About how many organizations one pass looks at. */
const organizationsMax = 200;
const cursorField = "retire";
const organizations = walkParts(async (_store, shard) => [{ key: shard.organizations(), read: membersOf }]);

/** @param budgetMs how long the pass may take */
export async function retire(
  store: Store,
  shard: Shard,
  limits: RetentionLimits,
  budgetMs = 1_000,
): Promise<Retired> {
  const deadline = Date.now() + budgetMs;
  const cursor = (await store.redis.hget(shard.upkeepCursors(), cursorField)) ?? "";
  const slice = await organizations(store, shard, cursor, organizationsMax);
  const total = { tasks: 0, runs: 0, deadLetters: 0 };
  for (const organization of slice.ids) {
    if (Date.now() >= deadline) break;
    const due = (what: Line, max: number) => dueIn(store, shard, what, organization, max, limits.ageMs);
    total.deadLetters += await each(
      deadline,
      () => due("letters", limits.deadLettersMax),
      (ids) => dropLetters(store, shard, organization, ids),
    );
    total.tasks += await each(
      deadline,
      () => due("tasks", limits.tasksMax),
      (ids) => forgetTasks(store, shard, organization, ids),
    );
    total.runs += await each(
      deadline,
      () => due("runs", limits.runsMax),
      (ids) => forgetRuns(store, shard, organization, ids, deadline),
    );
    await store.scripts.run(forgetOrganizationScript, [shard.organizations()], [shard.prefix, organization]);
  }
  // Of who has used nothing for so long there is nothing left.
  const oldestDay = Math.floor(Date.now() / 86_400_000) - usageDaysMax - 1;
  await store.redis.zremrangebyscore(shard.usageOrganizations(), "-inf", oldestDay);
  // Where time ran out, the same organizations are looked at again.
  if (Date.now() < deadline) await store.redis.hset(shard.upkeepCursors(), cursorField, slice.cursor);
  return total;
}

type Line = Parameters<Shard["ended"]>[0];

/** Forgets batch by batch until nothing is due, nothing comes of it, or the time is up. */
async function each(
  deadline: number,
  due: () => Promise<string[]>,
  forget: (ids: readonly string[]) => Promise<number>,
): Promise<number> {
  let total = 0;
  while (Date.now() < deadline) {
    const ids = await due();
    if (ids.length === 0) break;
    const count = await forget(ids);
    if (count === 0) break;
    total += count;
  }
  return total;
}

async function dueIn(
  store: Store,
  shard: Shard,
  what: Line,
  organization: string,
  max: number,
  ageMs: number,
): Promise<string[]> {
  const key = shard.ended(what, organization);
  const excess = Math.min(batchSize, (await store.redis.zcard(key)) - max);
  if (excess > 0) return await store.redis.zrange(key, "0", String(excess - 1));
  return await store.redis.zrangebyscore(key, 0, Date.now() - ageMs, "LIMIT", 0, batchSize);
}

/** @returns how many are gone with all their steps */
async function forgetRuns(
  store: Store,
  shard: Shard,
  organization: string,
  ids: readonly string[],
  deadline: number,
): Promise<number> {
  const queue = store.queue(shard, systemQueues.workflow);
  let count = 0;
  for (const id of ids) {
    if (Date.now() >= deadline) break;
    const args = [shard.prefix, id, organization];
    const gone = z.number().parse(await store.scripts.run(forgetRunScript, shard.runKeys(id), args));
    // One that lives again has left the line.
    if (gone === 1) {
      await queue.remove(id, { removeChildren: false });
      for await (const steps of stepsOf(store, shard, organization, id)) {
        await forgetTasks(store, shard, organization, steps);
        if (Date.now() >= deadline) return count;
      }
      await store.redis.zrem(shard.ended("runs", organization), id);
    }
    count += 1;
  }
  return count;
}
