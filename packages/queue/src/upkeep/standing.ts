/**
 * How many tasks and runs there are in each state, read from counts that change in the same script as the rows: one call a
 * shard, whatever the number of tasks, and of one moment, so that the sum holds while everything moves.
 */
import { z } from "zod";
import { script } from "../scripts/script-runner.ts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";
import { taskAgents } from "../task-queue.ts";

/**
 * KEYS: tally of tasks, tally of runs, unfinished runs, organizations · ARGV: prefix, agents…
 * → {tasks, runs, unfinished runs, ids in the indexes of tasks, of runs, [agent, unfinished, parked]…}
 */
const standingScript = script(`
local tasks, runs = 0, 0
for _, organization in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  tasks = tasks + redis.call('ZCARD', ARGV[1] .. ':index:tasks:' .. organization)
  runs = runs + redis.call('ZCARD', ARGV[1] .. ':index:runs:' .. organization)
end
local sets = {}
for i = 2, #ARGV do
  sets[#sets + 1] = {ARGV[i], redis.call('SCARD', ARGV[1] .. ':unfinished:agent:' .. ARGV[i]),
    redis.call('SCARD', ARGV[1] .. ':parked:' .. ARGV[i])}
end
return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('SCARD', KEYS[3]), tasks, runs, sets}
`);

const reply = z.tuple([
  z.array(z.string()),
  z.array(z.string()),
  z.number(),
  z.number(),
  z.number(),
  z.array(z.tuple([z.string(), z.number(), z.number()])),
]);

/** How many there are in each state; `forgotten` ones were final and have been deleted by age or number. */
export interface Tally {
  readonly accepted: number;
  readonly queued: number;
  readonly delayed: number;
  readonly parked: number;
  readonly running: number;
  readonly waiting: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly forgotten: number;
}

interface RunTally {
  readonly accepted: number;
  /** Not final. */
  readonly unfinished: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly forgotten: number;
}

export interface Standing {
  readonly tasks: Readonly<Record<string, Tally>>;
  readonly runs: RunTally;
  /** What is counted otherwise than it is, in words; empty: the counts are right. */
  readonly drift: readonly string[];
}

export async function readStanding(store: Store, shard: Shard): Promise<Standing> {
  const keys = [shard.tally("tasks"), shard.tally("runs"), shard.unfinishedRuns(), shard.organizations()];
  const answer = await store.scripts.run(standingScript, keys, [shard.prefix, ...taskAgents]);
  const [taskFields, runFields, openRuns, indexedTasks, indexedRuns, sets] = reply.parse(answer);
  const tasks = tallies(taskFields);
  const runs = runTally(counts(runFields));
  const drift: string[] = [];
  const compare = (what: string, counted: number, actual: number) => {
    if (counted !== actual) drift.push(`${what}: ${counted} counted, ${actual} there`);
  };
  for (const [agent, unfinished, parked] of sets) {
    compare(`unfinished tasks of ${agent}`, unfinishedOf(tasks[agent]), unfinished);
    compare(`parked tasks of ${agent}`, tasks[agent]?.parked ?? 0, parked);
  }
  const kept = Object.values(tasks).reduce((sum, tally) => sum + unfinishedOf(tally) + keptFinal(tally), 0);
  compare("tasks", kept, indexedTasks);
  compare("unfinished runs", runs.unfinished, openRuns);
  compare("runs", runs.unfinished + runs.completed + runs.failed + runs.cancelled, indexedRuns);
  return { tasks, runs, drift };
}

function unfinishedOf(tally: Tally | undefined): number {
  if (tally === undefined) return 0;
  return tally.queued + tally.delayed + tally.parked + tally.running + tally.waiting;
}

function keptFinal(tally: Tally): number {
  return tally.completed + tally.failed + tally.cancelled;
}

/** `[name, count, …]` → name → count. */
function counts(flat: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (let at = 0; at + 1 < flat.length; at += 2) found.set(flat[at] ?? "", Number(flat[at + 1]));
  return found;
}

function tallies(flat: readonly string[]): Record<string, Tally> {
  const byAgent = new Map<string, Map<string, number>>();
  for (const [field, count] of counts(flat)) {
    const [agent = "", status = ""] = field.split(":");
    const fields = byAgent.get(agent) ?? new Map<string, number>();
    byAgent.set(agent, fields.set(status, count));
  }
  return Object.fromEntries([...byAgent].map(([agent, fields]) => [agent, taskTally(fields)]));
}

function taskTally(fields: Map<string, number>): Tally {
  const of = (status: string) => fields.get(status) ?? 0;
  return {
    accepted: of("accepted"),
    queued: of("queued"),
    delayed: of("delayed"),
    parked: of("parked"),
    running: of("running"),
    waiting: of("waiting"),
    completed: of("completed"),
    failed: of("failed"),
    cancelled: of("cancelled"),
    forgotten: of("forgotten"),
  };
}

function runTally(fields: Map<string, number>): RunTally {
  const of = (status: string) => fields.get(status) ?? 0;
  return {
    accepted: of("accepted"),
    unfinished: of("pending") + of("running") + of("paused") + of("waiting"),
    completed: of("completed"),
    failed: of("failed"),
    cancelled: of("cancelled"),
    forgotten: of("forgotten"),
  };
}
