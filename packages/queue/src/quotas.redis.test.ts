import { describe, expect, test } from "vitest";
import {
  acme,
  claim,
  claimed,
  inAcme,
  isCalled,
  quotas,
  result,
  scheduler,
  shard,
  statusOf,
  store,
  submitted,
  usage,
} from "./admission.fixture.ts";
import { cancelTask } from "./cancellation.ts";
import { newTask } from "./new-task.fixture.ts";
import { Scheduler } from "./scheduler.ts";
import { settleLoads } from "./settle-loads.ts";
import type { TaskClaim } from "./task-claim.ts";
import { TaskLedger } from "./task-ledger.ts";
import { wakeForgotten } from "./wake.ts";

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

  test("what an older version or a hand changed without counting is put right, and who waited is called", async () => {
    await quotas.set(acme, { active_max: 1 });
    const inWorkspace = { workspaceId: "ws-1" };
    const [first, second] = [await submitted(inWorkspace), await submitted(inWorkspace)];
    await claimed(first, 10_000);
    await claim(second, 10_000);
    expect(await settleLoads(store, shard, [first, second, "task_none"], true)).toEqual([]);
    await store.redis.hset(shard.task(first), "status", "completed");
    expect(await settleLoads(store, shard, [first, second], false)).toEqual([first]);
    expect(await usage()).toEqual({ queued: 1, active: 1 });
    expect(await settleLoads(store, shard, [first, second], true)).toEqual([first]);
    expect(await usage()).toEqual({ queued: 1, active: 0 });
    expect(await isCalled(second)).toBe(true);
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
