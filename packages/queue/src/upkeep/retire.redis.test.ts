import { deriveId } from "@drover/contracts";
import { expect, test } from "vitest";
import { DeadLetters } from "../dead-letters.ts";
import { checkInvariants } from "./check-invariants.ts";
import { mirrorDeadLetters } from "./mirror-dead-letters.ts";
import { defaultRetention, type RetentionLimits } from "./retention-limits.ts";
import { retire } from "./retire.ts";
import { cancelled, claimed, completed, failed, shard, store, submitted } from "./upkeep.fixture.ts";

const forget = (limits: Partial<RetentionLimits>) =>
  retire(store, shard, { ...defaultRetention, ...limits }, 20_000);
const keysOf = async (id: string) => (await store.redis.keys(`*${id}*`)).sort();
const none = { visible: "all", limit: 10, afterId: undefined, search: {} } as const;

test("what ended long ago is forgotten with everything of its own, and what has not ended stays", async () => {
  const ended = [await completed(), await cancelled()];
  const open = [await submitted(), await submitted({ delaySeconds: 3600 })];
  const running = await submitted();
  await claimed(running);
  expect(await forget({})).toEqual({ tasks: 0, runs: 0, deadLetters: 0 });
  expect(await forget({ ageMs: -1_000 })).toEqual({ tasks: 2, runs: 0, deadLetters: 0 });
  for (const id of ended) expect(await keysOf(id)).toEqual([]);
  for (const id of [...open, running]) expect((await keysOf(id)).length).toBeGreaterThan(1);
  expect(await store.redis.zrange(shard.index("tasks", "default"), "0", "-1")).toEqual(
    [...open, running].sort(),
  );
  const audit = await checkInvariants(store, { full: true });
  expect(audit).toMatchObject({ ok: true, leaks: [] });
  expect(audit.conservation).toMatchObject({ accepted: 5, final: 2, forgotten: 2, difference: 0 });
});

test("beyond the number that is kept, the oldest go, for each organization by itself", async () => {
  const mine: string[] = [];
  for (let nth = 0; nth < 5; nth += 1) mine.push(await completed({ organizationId: "acme" }));
  const other = await completed({ organizationId: "globex" });
  expect(await forget({ tasksMax: 2 })).toMatchObject({ tasks: 3 });
  const left = await store.redis.zrange(shard.index("tasks", "acme"), "0", "-1");
  expect(left).toEqual(mine.slice(3).sort());
  expect(await store.redis.exists(shard.task(other))).toBe(1);
});

test("a dead letter is kept apart from its task, and when it goes the task is kept like any other", async () => {
  const id = await failed();
  await mirrorDeadLetters(store, shard);
  expect(await forget({ ageMs: 60_000, tasksMax: 0 })).toEqual({ tasks: 0, runs: 0, deadLetters: 0 });
  expect(await forget({ deadLettersMax: 0 })).toMatchObject({ deadLetters: 1, tasks: 0 });
  expect((await new DeadLetters(store).list(none)).count).toBe(0);
  expect(await store.queue(shard, "dead-letter").getJobCountByTypes("waiting")).toBe(0);
  expect(await store.redis.hget(shard.task(id), "status")).toBe("failed");
  expect(await forget({ tasksMax: 0 })).toMatchObject({ tasks: 1 });
  expect(await keysOf(id)).toEqual([]);
  expect(await checkInvariants(store, { full: true })).toMatchObject({ ok: true, leaks: [] });
});

test("what a task asked people for is forgotten with it, and what another asked is not", async () => {
  const [id, other] = [await completed(), await submitted()];
  for (const task of [id, other]) {
    const approval = deriveId("approval", task, "question");
    await store.redis.hset(shard.approval(approval), { task, status: "allowed" });
    await store.redis.sadd(shard.taskApprovals(task), approval);
    await store.redis.zadd(shard.index("approvals", "default"), 0, approval);
  }
  await forget({ tasksMax: 0 });
  expect(await store.redis.zrange(shard.index("approvals", "default"), "0", "-1")).toEqual([
    deriveId("approval", other, "question"),
  ]);
  expect(await store.redis.exists(shard.approval(deriveId("approval", id, "question")))).toBe(0);
});

test("a task that was redriven is not forgotten for its former death", async () => {
  const id = await failed();
  const letters = new DeadLetters(store);
  const [letter] = (await letters.list(none)).items;
  await letters.redrive(letter?.id ?? "", "key_test");
  expect(await forget({ ageMs: -1_000, tasksMax: 0, deadLettersMax: 0 })).toEqual({
    tasks: 0,
    runs: 0,
    deadLetters: 0,
  });
  expect(await store.redis.hget(shard.task(id), "status")).toBe("queued");
});

test("two that forget at once forget each thing once", async () => {
  for (let nth = 0; nth < 30; nth += 1) await completed();
  await Promise.all([forget({ tasksMax: 0 }), forget({ tasksMax: 0 }), forget({ tasksMax: 0 })]);
  const audit = await checkInvariants(store, { full: true });
  expect(audit).toMatchObject({ ok: true, leaks: [] });
  expect(audit.conservation).toMatchObject({ accepted: 30, final: 30, forgotten: 30, difference: 0 });
  expect(await store.redis.exists(shard.index("tasks", "default"))).toBe(0);
});

test("nothing grows: after any number of rounds there are as many keys as after the first", async () => {
  const round = async () => {
    for (let nth = 0; nth < 5; nth += 1) {
      await completed();
      await cancelled();
      await failed({ workspaceId: `ws-${nth}` });
    }
    await mirrorDeadLetters(store, shard);
    await forget({ tasksMax: 3, deadLettersMax: 3 });
    await forget({ tasksMax: 3, deadLettersMax: 3 });
    const keys = await store.redis.keys("*");
    return keys.filter((key) => !key.includes(":finished:")).length;
  };
  const first = await round();
  for (let nth = 0; nth < 4; nth += 1) expect(await round()).toBe(first);
  expect((await checkInvariants(store, { full: true })).conservation).toMatchObject({
    accepted: 75,
    difference: 0,
  });
});
