/**
 * One pass over a slice of everything: what looks like a leak becomes a suspect, and what still looks like one a few seconds
 * later is mended and counted. So nothing is taken for a leak that is only on its way from one state to the next.
 *
 * Suspects and cursors are in Redis: any number of processes may do passes, at once or in turn. One at a time mends, so that
 * each leak is counted once.
 */
import { type LeakKind, leakKind } from "@drover/contracts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";
import type { LeakCheck } from "./leak-check.ts";

export interface SweepOptions {
  /** How long something must look like a leak before it is mended, in milliseconds. Default: 4,000. */
  readonly settleMs?: number;
  /** About how many things each check looks at. Default: 500. */
  readonly sliceSize?: number;
}

/** Leaks mended in a pass, by kind. */
export type Repaired = Partial<Record<LeakKind, number>>;

const suspectsMax = 2_000;
const leaseMs = 30_000;

export async function sweepLeaks(
  store: Store,
  shard: Shard,
  checks: readonly LeakCheck[],
  options: SweepOptions = {},
): Promise<Repaired> {
  const { settleMs = 4_000, sliceSize = 500 } = options;
  await suspect(store, shard, checks, sliceSize);
  // A lease, not a lock: whoever dies with it holds the others up for a while and no more, and mending twice does no harm.
  const leased = await store.redis.set(shard.upkeepLock(), "1", "PX", leaseMs, "NX");
  if (leased === null) return {};
  try {
    return await settle(store, shard, checks, Date.now() - settleMs);
  } finally {
    await store.redis.del(shard.upkeepLock());
  }
}

async function suspect(
  store: Store,
  shard: Shard,
  checks: readonly LeakCheck[],
  sliceSize: number,
): Promise<void> {
  const cursors = await store.redis.hgetall(shard.upkeepCursors());
  const next: Record<string, string> = {};
  const found: string[] = [];
  for (const [position, check] of checks.entries()) {
    const field = `${position}:${check.kind}`;
    const slice = await check.walk(store, shard, cursors[field] ?? "", sliceSize);
    next[field] = slice.cursor;
    for (const id of await check.examine(store, shard, slice.ids)) found.push(`${check.kind} ${id}`);
  }
  const room = suspectsMax - (await store.redis.zcard(shard.upkeepSuspects()));
  const now = Date.now();
  const entries = found.slice(0, Math.max(0, room)).flatMap((member) => [now, member]);
  const writing = store.redis.multi().hset(shard.upkeepCursors(), next);
  if (entries.length > 0) writing.zadd(shard.upkeepSuspects(), "NX", ...entries);
  await writing.exec();
}

async function settle(
  store: Store,
  shard: Shard,
  checks: readonly LeakCheck[],
  untilMs: number,
): Promise<Repaired> {
  const due = await store.redis.zrangebyscore(
    shard.upkeepSuspects(),
    "-inf",
    untilMs,
    "LIMIT",
    0,
    suspectsMax,
  );
  const repaired: Repaired = {};
  for (const [kind, ids] of byKind(due)) {
    const count = await mend(store, shard, checks, kind, ids);
    if (count > 0) repaired[kind] = count;
  }
  const total = Object.entries(repaired);
  if (total.length > 0) {
    const writing = store.redis.multi();
    for (const [kind, count] of total) writing.hincrby(shard.upkeepRepaired(), kind, count);
    await writing.exec();
    store.logger.warn({ repaired }, "upkeep mended leaks");
  }
  return repaired;
}

/** @returns how many were leaks still, and are mended now */
async function mend(
  store: Store,
  shard: Shard,
  checks: readonly LeakCheck[],
  kind: LeakKind,
  ids: readonly string[],
): Promise<number> {
  const clear = async (done: readonly string[]) => {
    if (done.length > 0) await store.redis.zrem(shard.upkeepSuspects(), ...done.map((id) => `${kind} ${id}`));
  };
  const check = checks.find((candidate) => candidate.kind === kind);
  // One that this process knows nothing of is left to those that do.
  if (check === undefined) return 0;
  const still = await check.examine(store, shard, ids);
  try {
    await check.repair(store, shard, still);
  } catch (error) {
    store.logger.warn({ err: error, kind, ids: still.slice(0, 20) }, "a leak could not be mended");
    return 0;
  }
  const left = new Set(await check.examine(store, shard, still));
  await clear(ids.filter((id) => !left.has(id)));
  return still.length - left.size;
}

function byKind(members: readonly string[]): Map<LeakKind, string[]> {
  const groups = new Map<LeakKind, string[]>();
  for (const member of members) {
    const space = member.indexOf(" ");
    const kind = leakKind.safeParse(member.slice(0, space));
    if (!kind.success) continue;
    const ids = groups.get(kind.data);
    if (ids === undefined) groups.set(kind.data, [member.slice(space + 1)]);
    else ids.push(member.slice(space + 1));
  }
  return groups;
}
