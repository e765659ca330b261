import { createLogger } from "@drover/observability";
import { startRedis, type TestRedis } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeadLetters } from "./dead-letters.ts";
import { newTask } from "./new-task.fixture.ts";
import { Scheduler } from "./scheduler.ts";
import type { Shard } from "./shard.ts";
import { Store } from "./store.ts";
import { claimTask, type TaskClaim } from "./task-claim.ts";
import { TaskLedger } from "./task-ledger.ts";

let redis: TestRedis;
let store: Store;
let shard: Shard;

beforeAll(async () => {
  redis = await startRedis();
  store = Store.open({
    url: redis.url,
    shards: 1,
    manner: "worker",
    logger: createLogger({ service: "test", level: "silent" }),
  });
  shard = store.keyspace.site;
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await redis.stop();
});

async function claimed(taskId: string): Promise<TaskClaim> {
  const outcome = await claimTask(store, shard, taskId, "worker");
  if (outcome.kind !== "claimed") throw new Error(`the claim was ${outcome.kind}`);
  return outcome.claim;
}

const result = { output: 1, artifacts: [] };

test("a stale worker changes nothing: neither result, nor state, nor events", async () => {
  const { id } = await new Scheduler(store).submit(newTask());
  const stale = await claimed(id);
  const fresh = await claimed(id);
  expect(await stale.report("progress", { late: true })).toBe("stale");
  expect(await stale.complete({ ...result, output: "stale" })).toBe("stale");
  expect(await stale.defer(null, Date.now(), false)).toBe("stale");
  expect(await fresh.complete(result)).toBe("ok");
  expect(await new TaskLedger(store).find(id)).toMatchObject({ status: "completed", result: { output: 1 } });
});

test("a task reaches one final state: what comes after it is refused", async () => {
  const { id } = await new Scheduler(store).submit(newTask());
  const claim = await claimed(id);
  expect(await claim.complete(result)).toBe("ok");
  expect(await claim.fail({ code: "agent_failed", message: "late", retryable: false, attempt: 1 })).toBe(
    "final",
  );
  expect(await claimTask(store, shard, id, "worker")).toEqual({ kind: "final", status: "completed" });
});

test("a task whose workers all died is exhausted when its attempts are, not before", async () => {
  const { id } = await new Scheduler(store).submit(newTask());
  expect((await claimed(id)).attempt).toBe(1);
  expect((await claimed(id)).attempt).toBe(2);
  expect((await claimTask(store, shard, id, "worker")).kind).toBe("exhausted");
});

test("a failure and its dead letter are one write", async () => {
  const { id } = await new Scheduler(store).submit(newTask());
  const claim = await claimed(id);
  await claim.fail({ code: "agent_failed", message: "no", retryable: false, attempt: 1 });
  const page = await new DeadLetters(store).list({
    visible: ["default"],
    limit: 200,
    afterId: undefined,
    search: {},
  });
  expect(page.items.map((letter) => letter.task_id)).toContain(id);
});

test("a full queue refuses with the time to come back, and accepts nothing of it", async () => {
  const scheduler = new Scheduler(store, { unfinishedMax: 1 });
  const kept = newTask({ agent: "docker", type: "docker" });
  const refused = newTask({ agent: "docker", type: "docker" });
  await scheduler.submit(kept);
  await expect(scheduler.submit(refused)).rejects.toMatchObject({
    code: "queue_full",
    retryAfterMs: expect.any(Number),
  });
  expect(await new TaskLedger(store).find(refused.id)).toBeNull();
});

test("lists are newest first and resume after a cursor", async () => {
  const scheduler = new Scheduler(store);
  const organizationId = "lists";
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push((await scheduler.submit(newTask({ organizationId }))).id);
  const ledger = new TaskLedger(store);
  const request = { visible: [organizationId], limit: 2, search: {} };
  const first = await ledger.list({ ...request, afterId: undefined });
  expect(first).toMatchObject({ count: 5 });
  expect(first.items.map((task) => task.id)).toEqual([ids[4], ids[3]]);
  const second = await ledger.list({ ...request, afterId: ids[3] });
  expect(second.items.map((task) => task.id)).toEqual([ids[2], ids[1]]);
  const none = await ledger.list({ ...request, search: { status: "failed" }, afterId: undefined });
  expect(none).toMatchObject({ count: 0, items: [] });
});
