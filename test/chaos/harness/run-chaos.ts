/**
 * One chaos run: a stack on a Redis that can be hurt, lanes of seeded work, a monkey with a seeded schedule; then all is
 * healed, what is under way must end, and the oracle reads what is left.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startStack } from "@drover/embedded";
import { createLogger } from "@drover/observability";
import { guardScratch, releaseScratch } from "@drover/processes";
import { Store } from "@drover/queue";
import { eventually } from "@drover/testing";
import { letLoose } from "../monkey/monkey.ts";
import { describe, schedule } from "../monkey/schedule.ts";
import { auditEvents } from "../oracle/audit-events.ts";
import { auditInvariants } from "../oracle/audit-invariants.ts";
import { auditLedger } from "../oracle/audit-ledger.ts";
import { auditLeftovers } from "../oracle/audit-leftovers.ts";
import { recordFaults } from "../oracle/record-faults.ts";
import { workAt } from "../program/work-at.ts";
import type { ChaosOptions } from "./chaos-options.ts";
import type { ChaosReport } from "./chaos-report.ts";
import { chaosServices } from "./chaos-services.ts";
import { decideApprovals } from "./decide-approvals.ts";
import { deleteDeadLetters } from "./delete-dead-letters.ts";
import { keepEvidence } from "./keep-evidence.ts";
import { openWorld } from "./open-world.ts";
import { readAgain } from "./read-again.ts";
import { runLanes } from "./run-lanes.ts";
import type { WorkRecord } from "./work-record.ts";

/** How long what is under way may take once everything is whole again. */
const settleDeadlineMs = 120_000;
/** The sweepers look every few seconds, at a slice: a round through all that ten minutes leave takes more than a minute. */
const sweptDeadlineMs = 180_000;
const lockSeconds = "2";

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const directory = await mkdtemp(join(tmpdir(), "drover-chaos-"));
  guardScratch(directory);
  try {
    return await inDirectory(options, directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    releaseScratch(directory);
  }
}

async function inDirectory(options: ChaosOptions, directory: string): Promise<ChaosReport> {
  const { seed, say } = options;
  const services = await chaosServices(options.topology, say);
  const names = services.map((service) => service.name);
  await using world = await openWorld(options.topology, directory, names);
  await using stack = await startStack({
    // No model is asked anything: its address need not answer.
    environment: {
      ...process.env,
      REDIS_URL: world.directUrl,
      DROVER_MODEL_BASE_URL: "http://127.0.0.1:9/v1",
    },
    useRedisUrl: true,
    stateDirectory: join(directory, "stack"),
    services,
    // What was killed comes back soon, however often that was.
    backoff: { firstMs: 200, maxMs: 1_000, stableMs: 60_000 },
    serviceEnvironment: {
      "*": { DROVER_LOCK_SECONDS: lockSeconds, DROVER_SHARDS: String(world.shards), ...world.settings },
      ...Object.fromEntries(names.map((name) => [name, { REDIS_URL: world.urlFor(name) }])),
    },
    say,
  });
  const durationMs = options.minutes * 60_000;
  const planned = schedule(seed, durationMs, {
    services: names,
    redisNodes: world.nodes,
    proxies: world.proxies.length,
    sentinel: world.sentinel,
  });
  say(
    `seed ${seed}, ${world.name}; the monkey's schedule:\n${planned.map((one) => `  ${describe(one)}`).join("\n")}`,
  );

  const faults: string[] = [];
  const faulty = new Set<number>();
  const fault = (index: number, what: string) => {
    faulty.add(index);
    say(`FAULT of work ${index}: ${what}`);
    faults.push(`work ${index}: ${what}`);
  };
  const judge = (record: WorkRecord) => {
    for (const what of recordFaults(record)) fault(record.work.index, what);
  };
  const accepted = new Map<string, "task" | "run">();
  const stop = new AbortController();
  const giveUp = new AbortController();
  const working = runLanes({
    client: stack.client,
    signal: giveUp.signal,
    stop: stop.signal,
    lanes: options.lanes,
    workAt: (index) => workAt(seed, index, options.topology === "mixed" ? "plain" : "all"),
    keyOf: (index) => `chaos-${seed}-${index}`,
    accepted: (kind, id) => accepted.set(id, kind),
    // After a failover the end of some is taken back, and comes again.
    judge: world.sentinel ? () => undefined : judge,
    fault,
  });
  const finished = new AbortController();
  const deciding = decideApprovals(stack.client, finished.signal).catch((error: unknown) => {
    faults.push(`approvals could not be decided: ${error instanceof Error ? error.message : error}`);
  });
  const endMs = Date.now() + durationMs;
  const blows = await letLoose({ stack, world, schedule: planned, say, signal: stop.signal });
  await sleep(Math.max(0, endMs - Date.now()));
  stop.abort();
  const healedMs = Date.now();
  say(`the blows are over; ${accepted.size} pieces of work were accepted`);
  const patience = setTimeout(() => giveUp.abort(new Error("it was not final in time")), settleDeadlineMs);
  const seen = await working;
  const records = world.sentinel ? await readAgain(stack.client, seen, giveUp.signal) : seen;
  clearTimeout(patience);
  finished.abort();
  await deciding;
  const settledMs = Date.now() - healedMs;
  if (world.sentinel) for (const record of records) judge(record);

  const logger = createLogger({ service: "chaos", level: "silent" });
  await using store = Store.open({ url: world.directUrl, shards: world.shards, manner: "worker", logger });
  const audited = await auditEvents(store, records);
  for (const { index, what } of audited.faults) fault(index, what);
  faults.push(...(await auditLedger(store, records, new Set(accepted.keys()))));
  if (faulty.size > 0) {
    await keepEvidence(store, records, faulty, stack.logsDir, options.evidence);
    say(`evidence is kept in ${options.evidence}`);
  }
  await deleteDeadLetters(stack.client);
  const leaks = async () => [...(await auditInvariants(store)), ...(await auditLeftovers(store))];
  faults.push(...(await faultsThatStay(leaks)));
  const kinds = [...accepted.values()];
  return {
    topology: options.topology,
    seed,
    minutes: options.minutes,
    tasks: kinds.filter((kind) => kind === "task").length,
    runs: kinds.filter((kind) => kind === "run").length,
    steps: audited.steps,
    repeatedStarts: audited.repeatedStarts,
    blows: Object.fromEntries(blows),
    settledMs,
    longestMs: longestOf(records),
    faults,
  };
}

/** A leak is one only when no sweeper mends it. */
async function faultsThatStay(find: () => Promise<string[]>): Promise<string[]> {
  let last: string[] = [];
  await eventually(
    async () => {
      last = await find();
      return last.length === 0;
    },
    { deadlineMs: sweptDeadlineMs, intervalMs: 1_000, checkDeadlineMs: 60_000 },
  ).catch(() => undefined);
  return last;
}

function longestOf(records: readonly WorkRecord[]): number {
  const spans = records.map((record) => {
    const { created_at, finished_at } = record.kind === "task" ? record.task : record.run;
    return finished_at === null ? 0 : Date.parse(finished_at) - Date.parse(created_at);
  });
  return Math.max(0, ...spans);
}
