import { newId } from "@drover/contracts";
import { eventually } from "@drover/testing";
import { expect, test } from "vitest";
import { checkInvariants } from "./check-invariants.ts";
import { runStuck } from "./checks/run-stuck.ts";
import { taskChecks } from "./checks/task-checks.ts";
import { mirrorDeadLetters } from "./mirror-dead-letters.ts";
import { sweepLeaks } from "./sweep-leaks.ts";
import { claimed, completed, failed, shard, store, submitted } from "./upkeep.fixture.ts";

const now = { settleMs: 0 };
const sweep = () => sweepLeaks(store, shard, taskChecks, now);
const queue = (name = "diagnostics") => store.queue(shard, name);

async function leaksOf(): Promise<Record<string, number>> {
  const { leaks } = await checkInvariants(store, { full: true });
  return Object.fromEntries(leaks.map(({ kind, count }) => [kind, count]));
}

/** The leak is found, mended and counted; a second pass finds nothing more. */
async function isMended(kind: string, count = 1): Promise<void> {
  expect(await leaksOf()).toMatchObject({ [kind]: count });
  expect(await sweep()).toMatchObject({ [kind]: count });
  await eventually(async () => {
    await sweep();
    const audit = await checkInvariants(store, { full: true });
    expect(audit).toMatchObject({ ok: true, leaks: [], drift: [] });
    expect(audit.repaired_total).toMatchObject({ [kind]: count });
    return true;
  });
}

test("a task whose job is gone gets one again", async () => {
  const id = await submitted();
  await queue().remove(id);
  await isMended("row_without_job");
  expect(await queue().getJobState(id)).toBe("prioritized");
});

test("a task whose job ended without it gets one again", async () => {
  const id = await submitted();
  await queue().remove(id);
  await queue().add("echo", {}, { jobId: id, delay: 60_000 });
  await store.redis.hset(`${shard.prefix}:diagnostics:${id}`, "finishedOn", Date.now());
  await isMended("row_without_job");
});

test("a job whose task is gone is removed", async () => {
  await queue().add("echo", {}, { jobId: newId("task"), delay: 60_000 });
  await queue("workflow").add("run", {}, { jobId: newId("workflow") });
  await isMended("job_without_row", 2);
  expect(await queue().getDelayedCount()).toBe(0);
});

test("a step of a run that is gone is cancelled", async () => {
  const workflowId = newId("workflow");
  await store.redis.hset(shard.run(workflowId), { status: "running", halted: "" });
  await queue("workflow").add("run", {}, { jobId: workflowId });
  const id = await submitted({ step: { workflowId, stepId: "a" } });
  await store.redis.del(shard.run(workflowId));
  expect(await leaksOf()).toMatchObject({ orphan_child: 1 });
  expect(await sweep()).toMatchObject({ orphan_child: 1 });
  expect(await store.redis.hget(shard.task(id), "status")).toBe("cancelled");
  expect(await queue().getJobState(id)).toBe("unknown");
});

test("members of the sets of unfinished, waiting and parked tasks leave them when they are nothing of the kind", async () => {
  const id = await completed();
  await store.redis.sadd(shard.unfinished("diagnostics"), id, newId("task"));
  await store.redis.zadd(shard.waiting("opencode"), 1, id);
  await store.redis.sadd(shard.parked("opencode"), id);
  await store.redis.sadd(shard.unfinishedRuns(), newId("workflow"));
  await isMended("stale_member", 5);
  expect(await store.redis.exists(shard.unfinished("diagnostics"), shard.waiting("opencode"))).toBe(0);
});

test("a workspace that is held for a task that does not run is free again; one of a running task is not", async () => {
  const running = await submitted();
  await claimed(running);
  await store.redis.set(shard.slot("default", "ws-1"), running);
  await store.redis.set(shard.slot("default", "ws-2"), await completed());
  await isMended("slot_without_holder");
  expect(await store.redis.exists(shard.slot("default", "ws-1"))).toBe(1);
});

test("a task that a quota counts otherwise than its status says is counted rightly", async () => {
  const id = await submitted();
  await claimed(id);
  await store.redis.hset(shard.task(id), "load", "queued");
  await isMended("load_drift");
  expect(await store.redis.hget(shard.task(id), "load")).toBe("active");
});

test("a task that ended and is still counted in a quota, as a former version leaves it, is counted no more", async () => {
  const id = await completed();
  await store.redis.hset(shard.task(id), "load", "active");
  await isMended("load_drift");
  expect(await store.redis.hget(shard.task(id), "load")).toBe("");
});

test("a dead letter that nothing shows is shown", async () => {
  await failed();
  await store.redis.del(shard.unmirroredDeadLetters());
  await isMended("letter_unmirrored");
  await mirrorDeadLetters(store, shard);
  expect(await queue("dead-letter").getJobCountByTypes("waiting")).toBe(1);
  expect(await leaksOf()).toEqual({});
});

test("a row that was changed without being counted is counted rightly", async () => {
  const id = await submitted();
  await store.redis.hdel(shard.task(id), "tally");
  const running = await submitted();
  await claimed(running);
  await store.redis.hset(shard.task(running), "tally", "queued");
  expect(await sweep()).toMatchObject({ counter_drift: 2 });
});

test("counts that were lost are made anew", async () => {
  await submitted();
  await completed();
  await store.redis.del(shard.tally("tasks"));
  expect((await checkInvariants(store)).ok).toBe(false);
  await isMended("sum_drift");
  const { conservation } = await checkInvariants(store);
  expect(conservation).toMatchObject({ accepted: 2, queued: 1, final: 1, difference: 0 });
});

test("something final that nothing would forget gets its place among what is forgotten in time", async () => {
  const id = await completed();
  await store.redis.del(shard.ended("tasks", "default"));
  await isMended("unretained");
  expect(await store.redis.zscore(shard.ended("tasks", "default"), id)).not.toBeNull();
});

test("an id without a row leaves its index, and no count remembers it", async () => {
  const id = await submitted();
  await store.redis.del(shard.task(id), shard.events({ kind: "task", id }));
  expect(await leaksOf()).toMatchObject({ row_lost: 1, stale_member: 2, job_without_row: 1 });
  await eventually(async () => {
    await sweep();
    expect(await checkInvariants(store, { full: true })).toMatchObject({ ok: true });
    return true;
  });
  expect((await checkInvariants(store)).conservation).toMatchObject({ accepted: 0, queued: 0 });
  expect(await store.redis.exists(shard.upkeepSuspects())).toBe(0);
});

test("what is left of a task that is gone is deleted, and a row that no index knows is known again", async () => {
  const gone = newId("task");
  await store.redis.set(shard.taskResult(gone), "{}");
  await store.redis.rpush(shard.taskDeaths(gone), "{}");
  const id = await completed();
  await store.redis.zrem(shard.index("tasks", "default"), id);
  await isMended("stray_key", 3);
  expect(await store.redis.exists(shard.taskResult(gone))).toBe(0);
});

test("a run without a live job, or with one that waits for nothing, is woken", async () => {
  const ids = [newId("workflow"), newId("workflow"), newId("workflow")] as const;
  for (const id of ids) {
    await store.redis.hset(shard.run(id), { status: "running", organization: "default" });
    await store.redis.sadd(shard.unfinishedRuns(), id);
  }
  await queue("workflow").add("run", {}, { jobId: ids[1] });
  await store.redis.hset(`${shard.prefix}:workflow:${ids[2]}`, { timestamp: 1, name: "run" });
  await store.redis.zadd(`${shard.prefix}:workflow:waiting-children`, 1, ids[2]);
  const woken: string[] = [];
  const check = runStuck(async (_store, _shard, id) => void woken.push(id));
  await sweepLeaks(store, shard, [check], now);
  expect(woken.sort()).toEqual([ids[0], ids[2]]);
});

test("what is only on its way is not taken for a leak", async () => {
  const id = await submitted();
  await queue().remove(id);
  const patient = () => sweepLeaks(store, shard, taskChecks, { settleMs: 60_000 });
  expect(await patient()).toEqual({});
  await queue().add("echo", {}, { jobId: id });
  expect(await sweep()).toEqual({});
  expect(await store.redis.zcard(shard.upkeepSuspects())).toBe(0);
});

test("passes at once, from several processes, mend each leak once and break nothing", async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => submitted()));
  for (const id of ids) await queue().remove(id);
  await Promise.all([sweep(), sweep(), sweep()]);
  await eventually(async () => {
    await sweep();
    return (await checkInvariants(store, { full: true })).ok;
  });
  expect(await queue().getPrioritizedCount()).toBe(20);
  expect((await checkInvariants(store)).repaired_total).toEqual({ row_without_job: 20 });
});
