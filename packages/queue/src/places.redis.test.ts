import { expect, test } from "vitest";
import { claimed, inAcme, scheduler, shard, store, submitted, usage } from "./admission.fixture.ts";
import { DeadLetters } from "./dead-letters.ts";
import { laneBounds } from "./lane.ts";
import { newTask } from "./new-task.fixture.ts";

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

test("submitting a thousand tasks is a handful of round trips", async () => {
  const before = Number(/total_reads_processed:(\d+)/.exec(await store.redis.info("stats"))?.[1]);
  await scheduler.submitMany(Array.from({ length: 1_000 }, () => inAcme()));
  const after = Number(/total_reads_processed:(\d+)/.exec(await store.redis.info("stats"))?.[1]);
  // A read takes what is there: a pipeline of a thousand calls comes in a few pieces.
  expect(after - before).toBeLessThan(150);
  expect(await usage()).toEqual({ queued: 1_000, active: 0 });
});
