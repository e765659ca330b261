/**
 * The audit: is every task accounted for, and does anything leak?
 *
 * By default it reads counts and what the sweeps have found, which costs the same at a million tasks as at ten. With `full`
 * it looks at everything there is: the oracle of tests that kill.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Invariants, LeakKind } from "@drover/contracts";
import { leakKind } from "@drover/contracts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";
import { orphanRun } from "./checks/orphan-run.ts";
import { runStuck } from "./checks/run-stuck.ts";
import { taskChecks } from "./checks/task-checks.ts";
import type { LeakCheck } from "./leak-check.ts";
import { readStanding, type Standing, type Tally } from "./standing.ts";

export interface CheckOptions {
  /** Looks at every row, job and key. Takes as long as there are many. Default: false. */
  readonly full?: boolean;
}

type States = Invariants["conservation"];
type RunStates = Invariants["runs"];

/** A suspect this old was not mended, though passes have come by. */
const standsMs = 15_000;
const sampleSize = 10;
const fullSliceSize = 1_000;
/** In full mode, what looks like a leak is looked at again after this: it may have been on its way. */
const lookAgainMs = 500;

export async function checkInvariants(store: Store, options: CheckOptions = {}): Promise<Invariants> {
  const leaks = new Map<LeakKind, string[]>();
  const repaired: Partial<Record<LeakKind, number>> = {};
  const standings: Standing[] = [];
  for (const shard of store.keyspace.shards) {
    standings.push(await readStanding(store, shard));
    const found = options.full === true ? await everyLeak(store, shard) : await standingLeaks(store, shard);
    for (const [kind, id] of found) leaks.set(kind, [...(leaks.get(kind) ?? []), id]);
    for (const [name, count] of Object.entries(await store.redis.hgetall(shard.upkeepRepaired()))) {
      const kind = leakKind.safeParse(name);
      if (kind.success) repaired[kind.data] = (repaired[kind.data] ?? 0) + Number(count);
    }
  }
  const agents = byAgent(standings);
  const conservation = Object.values(agents).reduce(addStates, noStates);
  const runs = standings.map(runStates).reduce(addRuns, noRuns);
  const drift = standings.flatMap((standing) => standing.drift);
  const right = conservation.difference === 0 && runs.difference === 0 && drift.length === 0;
  return {
    ok: right && leaks.size === 0,
    checked_at: new Date().toISOString(),
    conservation,
    agents,
    runs,
    drift,
    leaks: [...leaks].map(([kind, ids]) => ({ kind, count: ids.length, sample: ids.slice(0, sampleSize) })),
    repaired_total: repaired,
  };
}

type Leak = readonly [LeakKind, string];

/** What the sweeps have found and could not mend. */
async function standingLeaks(store: Store, shard: Shard): Promise<Leak[]> {
  const members = await store.redis.zrangebyscore(
    shard.upkeepSuspects(),
    "-inf",
    Date.now() - standsMs,
    "LIMIT",
    0,
    1_000,
  );
  return members.flatMap((member): Leak[] => {
    const kind = leakKind.safeParse(member.slice(0, member.indexOf(" ")));
    return kind.success ? [[kind.data, member.slice(member.indexOf(" ") + 1)]] : [];
  });
}

async function everyLeak(store: Store, shard: Shard): Promise<Leak[]> {
  const checks = [...taskChecks, orphanRun(nothing), runStuck(nothing)];
  const suspects: { check: LeakCheck; ids: string[] }[] = [];
  for (const check of checks) {
    const ids = new Set<string>();
    let cursor = "";
    for (let slices = 0; slices < slicesMax; slices += 1) {
      const slice = await check.walk(store, shard, cursor, fullSliceSize);
      for (const id of await check.examine(store, shard, slice.ids)) ids.add(id);
      // A walk that only ever looks at what is new has no end, and what is old is seen by another.
      if (slice.cursor === "" || slice.ids.length === 0) break;
      cursor = slice.cursor;
    }
    if (ids.size > 0) suspects.push({ check, ids: [...ids] });
  }
  if (suspects.length === 0) return [];
  await sleep(lookAgainMs);
  // Two checks may find the same.
  const leaks = new Map<string, Leak>();
  for (const { check, ids } of suspects) {
    for (let start = 0; start < ids.length; start += fullSliceSize) {
      const still = await check.examine(store, shard, ids.slice(start, start + fullSliceSize));
      for (const id of still) leaks.set(`${check.kind} ${id}`, [check.kind, id]);
    }
  }
  return [...leaks.values()];
}
const slicesMax = 100_000;
/** Looking mends nothing. */
const nothing = async () => undefined;

const noStates: States = {
  accepted: 0,
  queued: 0,
  delayed: 0,
  parked: 0,
  running: 0,
  waiting: 0,
  final: 0,
  forgotten: 0,
  difference: 0,
};
const noRuns: RunStates = { accepted: 0, unfinished: 0, final: 0, forgotten: 0, difference: 0 };

function byAgent(standings: readonly Standing[]): Record<string, States> {
  const agents = new Map<string, States>();
  for (const standing of standings) {
    for (const [agent, tally] of Object.entries(standing.tasks))
      agents.set(agent, addStates(agents.get(agent) ?? noStates, statesOf(tally)));
  }
  return Object.fromEntries([...agents].sort(([left], [right]) => left.localeCompare(right)));
}

function statesOf(tally: Tally): States {
  const { accepted, queued, delayed, parked, running, waiting, forgotten } = tally;
  const final = tally.completed + tally.failed + tally.cancelled + forgotten;
  const difference = accepted - queued - delayed - parked - running - waiting - final;
  return { accepted, queued, delayed, parked, running, waiting, final, forgotten, difference };
}

function runStates({ runs }: Standing): RunStates {
  const { accepted, unfinished, forgotten } = runs;
  const final = runs.completed + runs.failed + runs.cancelled + forgotten;
  return { accepted, unfinished, final, forgotten, difference: accepted - unfinished - final };
}

function addStates(left: States, right: States): States {
  return {
    accepted: left.accepted + right.accepted,
    queued: left.queued + right.queued,
    delayed: left.delayed + right.delayed,
    parked: left.parked + right.parked,
    running: left.running + right.running,
    waiting: left.waiting + right.waiting,
    final: left.final + right.final,
    forgotten: left.forgotten + right.forgotten,
    difference: left.difference + right.difference,
  };
}

function addRuns(left: RunStates, right: RunStates): RunStates {
  return {
    accepted: left.accepted + right.accepted,
    unfinished: left.unfinished + right.unfinished,
    final: left.final + right.final,
    forgotten: left.forgotten + right.forgotten,
    difference: left.difference + right.difference,
  };
}
