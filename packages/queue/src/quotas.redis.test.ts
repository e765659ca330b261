import { createLogger } from "@drover/observability";
import { startRedis, type TestRedis } from "@drover/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelTask } from "./cancellation.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { Shard } from "./keyspace.ts";
import { laneBounds } from "./lane.ts";
import { newTask } from "./new-task.fixture.ts";
import { Quotas } from "./quotas.ts";
import { Scheduler } from "./scheduler.ts";
import { Store } from "./store.ts";
import { claimTask, type TaskClaim } from "./task-claim.ts";
import { TaskLedger } from "./task-ledger.ts";
import type { NewTask } from "./task-spec.ts";
import { wakeForgotten } from "./wake.ts";

let redis: TestRedis;
let store: Store;
let shard: Shard;
let quotas: Quotas;
let scheduler: Scheduler;

beforeAll(async () => {
  redis = await startRedis();
  const logger = createLogger({ service: "test", level: "silent" });
  store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  shard = store.keyspace.site;
  quotas = new Quotas(store);
  scheduler = new Scheduler(store);
});
beforeEach(async () => {
  await store.redis.flushall();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await redis.stop();
});

const acme = { organizationId: "acme", workspaceId: null };
const inAcme = (more: Partial<NewTask> = {}) => newTask({ organizationId: "acme", ...more });
const usage = async (workspaceId: string | null = null) =>
  (await quotas.find({ organizationId: "acme", workspaceId })).usage;

async function submitted(more: Partial<NewTask> = {}): Promise<string> {
  return (await scheduler.submit(inAcme(more))).id;
}
const claim = (id: string, slotLeaseMs: number | null = null) =>
  claimTask(store, shard, id, "worker", slotLeaseMs);
async function claimed(id: string, slotLeaseMs: number | null = null): Promise<TaskClaim> {
  const outcome = await claim(id, slotLeaseMs);
  if (outcome.kind !== "claimed") throw new Error(`the claim was ${outcome.kind}`);
  return outcome.claim;
}
const result = { output: 1, artifacts: [] };
const statusOf = async (id: string) => (await new TaskLedger(store).find(id))?.status;
const isCalled = async (id: string) => (await store.redis.zscore(`${shard.prefix}:woken`, id)) !== null;

describe("queued", () => {
  test("what is beyond a quota is refused with whose it is, how much is used, and when to come back", async () => {
    await quotas.set(acme, { queued_max: 2 });
    await submitted();
    await submitted({ workspaceId: "ws-1" });
    const refused = inAcme();
    await expect(scheduler.submit(refused)).rejects.toMatchObject({
      code: "quota_exceeded",
      detail: "acme: 2 of 2 queued tasks.",
      retryAfterMs: 60_000,
    });
    expect(await statusOf(refused.id)).toBeUndefined();
    expect(await usage()).toEqual({ queued: 2, active: 0 });
    await scheduler.submit(newTask({ organizationId: "globex" }));
  });

  test("of a workspace and of an agent hold beside the organization's, and null is no limit", async () => {
    await quotas.set({ organizationId: "acme", workspaceId: "ws-1" }, { queued_max: 1 });
    await quotas.set(acme, { queued_max: null, per_agent: { docker: { queued_max: 1 } } });
    await submitted({ workspaceId: "ws-1" });
    await submitted({ agent: "docker", type: "docker" });
    await submitted({ workspaceId: "ws-2" });
    await submitted();
    await expect(submitted({ workspaceId: "ws-1" })).rejects.toMatchObject({
      detail: expect.stringContaining("acme/ws-1: 1 of 1"),
    });
    await expect(submitted({ agent: "docker", type: "docker" })).rejects.toMatchObject({
      detail: expect.stringContaining("acme docker: 1 of 1"),
    });
  });

  test("the defaults hold for who has no limits of its own", async () => {
    const unlimited = { queued_max: null, active_max: null, requests_per_minute: null };
    await quotas.setDefaults({ organization: { ...unlimited, queued_max: 1 }, workspace: unlimited });
    await quotas.set({ organizationId: "globex", workspaceId: null }, { queued_max: 2 });
    await submitted();
    await expect(submitted()).rejects.toMatchObject({ code: "quota_exceeded" });
    for (let n = 0; n < 2; n += 1) await scheduler.submit(newTask({ organizationId: "globex" }));
  });

  test("a batch gets in as far as there is room, and the rest is told when its turn may come", async () => {
    await quotas.set(acme, { queued_max: 3 });
    const minute = Math.floor(Date.now() / 60_000);
    await store.redis.set(shard.finished("diagnostics", minute - 1), 120);
    const admissions = await scheduler.submitMany(Array.from({ length: 5 }, () => inAcme()));
    expect(admissions.map((admission) => "id" in admission)).toEqual([true, true, true, false, false]);
    const [, , , refused] = admissions;
    const retryAfterMs = refused !== undefined && "error" in refused ? refused.error.retryAfterMs : 0;
    // One task over, at one to two a second.
    expect(retryAfterMs).toBeLessThanOrEqual(1_000);
    const full = new Scheduler(store, { unfinishedMax: 3 });
    await expect(full.submit(newTask())).rejects.toMatchObject({ code: "queue_full", retryAfterMs: 1_000 });
  });

  test("steps of an admitted run are counted and never refused", async () => {
    await quotas.set(acme, { queued_max: 0 });
    await scheduler.submitSteps(shard, [inAcme({ id: "task_step" })]);
    expect(await usage()).toEqual({ queued: 1, active: 0 });
  });
});

describe("active", () => {
  test("a task that may not run now is parked for the quota, holds nothing, and is called when there is room", async () => {
    await quotas.set(acme, { active_max: 1 });
    const [first, second] = [await submitted(), await submitted({ workspaceId: "ws-1" })];
    const holder = await claimed(first);
    expect(await claim(second, 10_000)).toMatchObject({
      kind: "parked",
      reason: { code: "quota_exceeded", ref: "acme", n: 1, m: 1 },
    });
    expect(await statusOf(second)).toBe("parked");
    expect(await store.redis.exists(shard.slot("acme", "ws-1"))).toBe(0);
    expect(await usage()).toEqual({ queued: 1, active: 1 });
    await holder.complete(result);
    expect(await isCalled(second)).toBe(true);
    await (await claimed(second, 10_000)).complete(result);
    expect(await store.redis.keys(`${shard.prefix}:load:*`)).toEqual([]);
    expect(await store.redis.keys(`${shard.prefix}:*line*`)).toEqual([]);
    expect(await store.redis.exists(`${shard.prefix}:woken`)).toBe(0);
  });

  test("each way to give something back calls the next: completion, failure, retry, cancel, a wider quota", async () => {
    await quotas.set(acme, { active_max: 1 });
    const error = { code: "agent_failed", message: "no", retryable: true, attempt: 1 };
    const ways: ((holder: TaskClaim) => Promise<unknown>)[] = [
      (holder) => holder.complete(result),
      (holder) => holder.fail(error),
      (holder) => holder.cancel(),
      (holder) => holder.defer(error, Date.now() + 60_000, false),
      () => quotas.set(acme, { active_max: 2 }),
    ];
    for (const [way, giveBack] of ways.entries()) {
      const [first, second] = [await submitted(), await submitted()];
      const holder = await claimed(first);
      expect((await claim(second)).kind, `way ${way}`).toBe("parked");
      await giveBack(holder);
      expect(await isCalled(second), `way ${way}`).toBe(true);
      await (await claimed(second)).complete(result);
    }
  });

  test("who was called and is cancelled hands the call on", async () => {
    await quotas.set(acme, { active_max: 1 });
    const [first, second, third] = [await submitted(), await submitted(), await submitted()];
    const holder = await claimed(first);
    await claim(second);
    await claim(third);
    await holder.complete(result);
    expect([await isCalled(second), await isCalled(third)]).toEqual([true, false]);
    await cancelTask(store, shard, second, "someone");
    expect([await isCalled(second), await isCalled(third)]).toEqual([false, true]);
  });

  test("a waiter that still lacks something else moves to the line for that and is not forgotten", async () => {
    const inWorkspace = { workspaceId: "ws-1" };
    const [slotHolder, other] = [await submitted(inWorkspace), await submitted()];
    const waiter = await submitted(inWorkspace);
    const holder = await claimed(slotHolder, 10_000);
    const taken = await claimed(other);
    expect(await claim(waiter, 10_000)).toMatchObject({
      kind: "parked",
      reason: { code: "no_free_slot", ref: slotHolder },
    });
    await quotas.set(acme, { active_max: 1 });
    await holder.complete(result);
    expect(await isCalled(waiter)).toBe(false);
    expect((await new TaskLedger(store).locate(waiter))?.row.parked_for).toMatchObject({
      code: "quota_exceeded",
      ref: "acme",
      n: 1,
      m: 1,
    });
    await taken.complete(result);
    expect(await isCalled(waiter)).toBe(true);
  });

  test("the claim of a task whose worker died keeps its slot and its place in the quota", async () => {
    await quotas.set(acme, { active_max: 1 });
    const id = await submitted({ workspaceId: "ws-1" });
    await claimed(id, 10_000);
    expect((await claimed(id, 10_000)).attempt).toBe(2);
    expect(await usage("ws-1")).toEqual({ queued: 0, active: 1 });
  });

  test("a slot whose lease ran out is found by the sweeper, and so is a call whose caller died", async () => {
    const [dead, waiter] = [
      await submitted({ workspaceId: "ws-1" }),
      await submitted({ workspaceId: "ws-1" }),
    ];
    await claimed(dead, 10_000);
    await claim(waiter, 10_000);
    expect(await wakeForgotten(store, shard)).toBe(0);
    await store.redis.del(shard.slot("acme", "ws-1"));
    expect(await wakeForgotten(store, shard)).toBe(1);
    expect(await wakeForgotten(store, shard)).toBe(0);
    await store.redis.zadd(`${shard.prefix}:woken`, 1, waiter);
    expect(await wakeForgotten(store, shard)).toBe(1);
    expect(await isCalled(waiter)).toBe(false);
  });

  test("a step of a paused run is held, whoever has room, and starts when the run goes on", async () => {
    await store.redis.hset(shard.run("wf_1"), {
      status: "running",
      halted: "",
      paused: "2026-01-01T00:00:00.000Z",
      paused_by: "ann",
    });
    const step = { workflowId: "wf_1", stepId: "one" };
    await scheduler.submitSteps(shard, [inAcme({ id: "task_held", step })]).catch(() => undefined);
    const outcome = await claim("task_held");
    expect(outcome).toMatchObject({
      kind: "parked",
      reason: { code: "workflow_paused", ref: "wf_1", by: "ann" },
      line: `${shard.run("wf_1")}:held`,
    });
    expect(await store.redis.smembers(`${shard.run("wf_1")}:held`)).toEqual(["task_held"]);
    await store.redis.hdel(shard.run("wf_1"), "paused", "paused_by");
    await claimed("task_held");
    expect(await store.redis.exists(`${shard.run("wf_1")}:held`)).toBe(0);
  });
});

describe("places", () => {
  const priorityOf = async (id: string) => Number(await store.redis.hget(shard.task(id), "priority"));

  test("the n-th unfinished task of a workspace stands behind every other workspace's n-th but one", async () => {
    const flood = [];
    for (let n = 0; n < 3; n += 1) flood.push(await priorityOf(await submitted({ workspaceId: "ws-a" })));
    const other = await priorityOf(await submitted({ workspaceId: "ws-b" }));
    expect(flood).toEqual([...flood].sort((a, b) => a - b));
    expect(other).toBeGreaterThan(flood[0] ?? 0);
    expect(other).toBeLessThan(flood[1] ?? 0);
  });

  test("an organization of many workspaces gets no further than the first of another", async () => {
    for (let n = 0; n < 20; n += 1) await submitted({ workspaceId: `ws-${n}` });
    const last = await priorityOf(await submitted({ workspaceId: "ws-last" }));
    const { id } = await scheduler.submit(newTask({ organizationId: "globex" }));
    expect(await priorityOf(id)).toBeLessThan(last);
  });

  test("lanes do not overlap, and a tenant's backlog in one does not count in another", async () => {
    for (let n = 0; n < 5; n += 1) await submitted({ priority: "batch" });
    for (const lane of ["urgent", "normal", "batch"] as const) {
      const at = await priorityOf(await submitted({ priority: lane }));
      expect(at).toBeGreaterThanOrEqual(laneBounds(lane).first);
      expect(at).toBeLessThanOrEqual(laneBounds(lane).last);
      expect(at === laneBounds(lane).first).toBe(lane !== "batch");
    }
    expect(laneBounds("batch").last).toBeLessThan(2_097_151);
  });

  test("a dead letter that is redriven stands behind what its tenant has queued by then", async () => {
    const dead = await submitted();
    await (await claimed(dead)).fail({ code: "agent_failed", message: "no", retryable: false, attempt: 1 });
    for (let n = 0; n < 3; n += 1) await submitted();
    const fourth = await priorityOf(await submitted());
    const letters = new DeadLetters(store);
    const page = await letters.list({ visible: "all", limit: 1, afterId: undefined, search: {} });
    await letters.redrive(page.items[0]?.id ?? "", "someone");
    expect(await priorityOf(dead)).toBeGreaterThan(fourth);
    expect((await store.queue(shard, "diagnostics").getJob(dead))?.priority).toBe(await priorityOf(dead));
  });
});

test("submitting a thousand tasks is a handful of round trips", async () => {
  const before = Number(/total_reads_processed:(\d+)/.exec(await store.redis.info("stats"))?.[1]);
  await scheduler.submitMany(Array.from({ length: 1_000 }, () => inAcme()));
  const after = Number(/total_reads_processed:(\d+)/.exec(await store.redis.info("stats"))?.[1]);
  // A read takes what is there: a pipeline of a thousand calls comes in a few pieces.
  expect(after - before).toBeLessThan(150);
  expect(await usage()).toEqual({ queued: 1_000, active: 0 });
});
