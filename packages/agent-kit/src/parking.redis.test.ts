import { diagnostics } from "@drover/contracts";
import { checkInvariants, Quotas, Scheduler, TaskLedger, wakeForgotten } from "@drover/queue";
import { eventually } from "@drover/testing";
import { RunLedger } from "@drover/workflow";
import { expect, test } from "vitest";
import {
  answer,
  echo,
  final,
  finalRun,
  newTask,
  serve,
  serveRuns,
  store,
  submitRun,
} from "./engine.fixture.ts";
import { gate } from "./gate.fixture.ts";

const inWorkspace = { ...diagnostics, workspace: "required" } as const;
const parkedCount = async (organizationId = "default") => {
  const list = await new TaskLedger(store).list({
    visible: [organizationId],
    limit: 1,
    afterId: undefined,
    search: { status: "parked" },
  });
  return list.count;
};

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.POSITIVE_INFINITY;
}

/** How many commands Redis carries out meanwhile, those within scripts included. */
async function commandsOf(work: () => Promise<unknown>): Promise<number> {
  const calls = async () => {
    let sum = 0;
    for (const [, count] of (await store.redis.info("commandstats")).matchAll(/calls=(\d+)/g))
      sum += Number(count);
    return sum;
  };
  const before = await calls();
  await work();
  return (await calls()) - before;
}

test("a parked task starts within 100 ms of the slot becoming free (p95 of 60)", async () => {
  let freedMs = 0;
  const gapsMs: number[] = [];
  serve(async () => {
    if (freedMs > 0) gapsMs.push(performance.now() - freedMs);
    // Until all stand in line, so that each start but the first is a wake.
    await eventually(async () => gapsMs.length > 0 || (await parkedCount()) === 60, { deadlineMs: 20_000 });
    freedMs = performance.now();
    return answer(null);
  }, inWorkspace);
  const tasks = Array.from({ length: 61 }, () => newTask({ workspaceId: "ws-1" }));
  await new Scheduler(store).submitMany(tasks);
  for (const { id } of tasks) expect(await final(id)).toMatchObject({ status: "completed", attempt: 1 });
  expect(gapsMs).toHaveLength(60);
  expect(percentile(gapsMs, 0.95)).toBeLessThan(100);
});

test("parked tasks cost nothing while they wait: nobody looks at them, and others run past them as before", async () => {
  const held = gate();
  serve(async (task) => {
    if (task.workspaceId === "ws-1") await held.opened;
    return answer(null);
  }, inWorkspace);
  const scheduler = new Scheduler(store);
  const twentyOthers = async () => {
    const others = Array.from({ length: 20 }, (_, n) => newTask({ workspaceId: `ws-other-${n}` }));
    await scheduler.submitMany(others);
    for (const { id } of others) await final(id);
  };
  const shard = store.keyspace.shardOf("default");
  await twentyOthers();
  const alone = await commandsOf(twentyOthers);
  const tasks = Array.from({ length: 201 }, () => newTask({ workspaceId: "ws-1" }));
  await scheduler.submitMany(tasks);
  await eventually(async () => (await parkedCount()) === 200, { deadlineMs: 20_000 });
  const queue = store.queue(shard, "diagnostics");
  await eventually(async () => (await queue.getDelayedCount()) === 200);
  const [soonest] = await queue.getDelayed(0, 0);
  expect((soonest?.timestamp ?? 0) + (soonest?.delay ?? 0)).toBeGreaterThan(Date.now() + 10 * 60_000);
  const starts = async () =>
    await Promise.all(tasks.map(({ id }) => queue.getJob(id).then((job) => job?.attemptsStarted)));
  const startsBefore = await starts();
  // The polls of these tests and of idle workers vary a little; 200 tasks that are looked at would be thousands.
  expect(await commandsOf(twentyOthers)).toBeLessThan(alone * 1.5 + 200);
  expect(await commandsOf(() => wakeForgotten(store, shard))).toBeLessThan(100);
  expect(await starts()).toEqual(startsBefore);
  held.open();
  for (const { id } of tasks) expect(await final(id)).toMatchObject({ status: "completed", attempt: 1 });
});

test("tasks that work apart need no slot: they run beside the one that has it, and beside each other", async () => {
  const held = gate();
  const started: string[] = [];
  serve(async (task) => {
    started.push(task.id);
    await held.opened;
    return answer(null);
  }, inWorkspace);
  const scheduler = new Scheduler(store);
  const [holder, next] = [newTask({ workspaceId: "ws-1" }), newTask({ workspaceId: "ws-1" })];
  await scheduler.submit(holder);
  await eventually(() => started.length === 1);
  const apart = Array.from({ length: 5 }, () => newTask({ workspaceId: "ws-1", apart: true }));
  await scheduler.submitMany([next, ...apart]);
  await eventually(() => started.length === 6);
  expect(started).not.toContain(next.id);
  const shard = store.keyspace.shardOf("default");
  expect(await store.redis.get(shard.slot("default", "ws-1"))).toBe(holder.id);
  expect(await checkInvariants(store, { full: true })).toMatchObject({ ok: true });
  held.open();
  for (const { id } of [holder, next, ...apart])
    expect(await final(id)).toMatchObject({ status: "completed", attempt: 1 });
  expect(await store.redis.exists(shard.slot("default", "ws-1"))).toBe(0);
  expect(await checkInvariants(store, { full: true })).toMatchObject({ ok: true, leaks: [], drift: [] });
});

test("what works apart waits for its workspace's quota all the same, and the end of one lets the next in", async () => {
  await new Quotas(store).set({ organizationId: "default", workspaceId: "ws-1" }, { active_max: 2 });
  let now = 0;
  let most = 0;
  serve(async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return answer(null);
  }, inWorkspace);
  const tasks = Array.from({ length: 40 }, (_, n) => newTask({ workspaceId: "ws-1", apart: n % 4 > 0 }));
  await new Scheduler(store).submitMany(tasks);
  for (const { id } of tasks) expect(await final(id)).toMatchObject({ status: "completed", attempt: 1 });
  expect(most).toBe(2);
  expect(await store.redis.keys("*:line")).toEqual([]);
});

test("under a quota as many run as may, all run in the end, and no wake is lost", async () => {
  await new Quotas(store).set({ organizationId: "default", workspaceId: null }, { active_max: 3 });
  let now = 0;
  let most = 0;
  serve(async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return answer(null);
  });
  const tasks = Array.from({ length: 200 }, (_, n) => newTask({ workspaceId: `ws-${n % 7}` }));
  await new Scheduler(store).submitMany(tasks);
  for (const { id } of tasks) expect(await final(id)).toMatchObject({ status: "completed", attempt: 1 });
  expect(most).toBeLessThanOrEqual(3);
  const { usage } = await new Quotas(store).find({ organizationId: "default", workspaceId: null });
  expect(usage).toEqual({ queued: 0, active: 0 });
});

test("a slot and a quota together lose no wake, whoever waits for which", async () => {
  await new Quotas(store).set({ organizationId: "default", workspaceId: null }, { active_max: 2 });
  serve(echo, inWorkspace);
  const tasks = Array.from({ length: 150 }, (_, n) => newTask({ workspaceId: `ws-${n % 4}` }));
  await new Scheduler(store).submitMany(tasks);
  for (const { id } of tasks) expect(await final(id)).toMatchObject({ status: "completed", attempt: 1 });
  expect(await store.redis.keys("*:line")).toEqual([]);
});

test("of a paused run nothing new starts, its queued steps are held, and all of it runs when it goes on", async () => {
  const held = gate();
  let started = 0;
  serve(
    async () => {
      started += 1;
      await held.opened;
      return answer(null);
    },
    diagnostics,
    5,
  );
  serveRuns();
  const steps = Array.from({ length: 60 }, (_, n) => ({
    id: `s${n}`,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: n },
  }));
  const id = await submitRun({ name: "paused", steps });
  const shard = store.keyspace.shardOf("default");
  await eventually(() => started === 5);
  const runs = new RunLedger(store);
  await runs.pause(id, "ann");
  held.open();
  await eventually(async () => (await store.redis.scard(shard.runHeld(id))) === 55);
  expect(started).toBe(5);
  await runs.resume(id, "ann");
  expect(await finalRun(id)).toMatchObject({ status: "completed" });
  expect(started).toBe(60);
});
