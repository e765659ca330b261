import type { ScheduleDefinition, Workflow } from "@drover/contracts";
import { createLogger } from "@drover/observability";
import { Consumer, Quotas, type Shard, Store } from "@drover/queue";
import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { RunLedger } from "../run-ledger.ts";
import { TemplateStore } from "../templates/template-store.ts";
import { firingOf } from "./schedule-clock.ts";
import { ScheduleRunner } from "./schedule-runner.ts";
import { ScheduleStore } from "./schedule-store.ts";

const organization = "acme.inc";
const address = { organizationId: organization, name: "nightly" };
const echo = { id: "say", agent: "diagnostics", task: "echo", parameters: { value: 1 } };
const workflow = { name: "Nightly", steps: [echo] };

let redis: TestRedis;
let store: Store;
let shard: Shard;
let schedules: ScheduleStore;
let runner: ScheduleRunner;
let runs: RunLedger;
const opened: AsyncDisposable[] = [];
beforeAll(async () => {
  redis = await startRedis({ appendOnly: true });
});
afterAll(() => redis.stop());
beforeEach(async () => {
  const logger = createLogger({ service: "test", level: "silent" });
  store = Store.open({ url: redis.url, shards: 2, manner: "worker", logger });
  await store.redis.flushall();
  shard = store.keyspace.shardOf(organization);
  schedules = new ScheduleStore(store);
  runner = new ScheduleRunner(store);
  runs = new RunLedger(store);
});
afterEach(async () => {
  for (const part of opened.splice(0)) await part[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

/** As the orchestrator does it. */
function serve(): void {
  opened.push(
    new Consumer({
      store,
      queue: "maintenance",
      concurrency: 1,
      lockMs: 2_000,
      handle: async (on, jobId) => {
        const firing = firingOf(jobId);
        if (firing !== null) await runner.fire(on, firing.address, firing.fireMs);
        return { kind: "done" };
      },
    }),
  );
}

const put = (spec: ScheduleDefinition) => schedules.put(organization, "nightly", "key_1", spec);
const found = async () => {
  const schedule = await schedules.find(organization, "nightly");
  if (schedule === null) throw new Error("the schedule is gone");
  return schedule;
};
const all = async (): Promise<string[]> => {
  const page = await runs.list({ visible: "all", limit: 200, afterId: undefined, search: {} });
  return page.items.map(({ id }) => id);
};
const fire = (fireMs: number) => runner.fire(shard, address, fireMs);
const t0 = Date.UTC(2026, 0, 1);

test("a schedule starts runs again and again, each recorded with its schedule, and says when the next is due", async () => {
  serve();
  const made = await put({ every_seconds: 1, workflow, overlap: "queue", inputs: { a: 1 } });
  expect(Date.parse(made.next_run_at ?? "") - Date.now()).toBeGreaterThan(0);
  await eventually(async () => (await found()).fired_count >= 1, { deadlineMs: 15_000 });
  const { last_run: last } = await found();
  const run: Workflow | null = await runs.find(last?.workflow_id ?? "");
  expect(run).toMatchObject({
    name: "Nightly",
    schedule: "nightly",
    organization_id: organization,
    created_by: "key_1",
  });
  await runs.cancel(run?.id ?? "", "test");
  await eventually(
    async () => {
      await runner.settle(shard);
      return (await found()).fired_count >= 2;
    },
    { deadlineMs: 15_000 },
  );
  expect(Date.parse((await found()).next_run_at ?? "")).toBeGreaterThan(Date.now() - 5_000);
});

test("cron fires in the time zone of the schedule", async () => {
  const berlin = await put({ cron: "30 2 * * *", timezone: "Asia/Tokyo", workflow });
  const next = new Date(berlin.next_run_at ?? "");
  expect([next.getUTCHours(), next.getUTCMinutes()]).toEqual([17, 30]);
  const utc = await put({ cron: "30 2 * * *", workflow });
  expect(new Date(utc.next_run_at ?? "").getUTCHours()).toBe(2);
});

test("a firing that is delivered again starts the same run, and no other", async () => {
  await put({ cron: "0 0 1 1 *", workflow });
  expect(await Promise.all(Array.from({ length: 5 }, () => fire(t0)))).toContain("started");
  expect(await all()).toHaveLength(1);
  expect(await fire(t0)).toBe("settled");
  expect((await found()).fired_count).toBe(1);
});

test("a firing that was killed half way is gone on with", async () => {
  await put({ cron: "0 0 1 1 *", workflow });
  // Decided, and then killed before the run was submitted: what stands in Redis at that moment.
  const key = shard.schedule(organization, "nightly");
  await store.redis.hset(key, { fired_ms: t0, starting_ms: t0, starting_at: Date.now() });
  await store.redis.sadd(shard.unsettledSchedules(), `${organization}/nightly`);
  expect(await runner.settle(shard)).toBe(0);
  await store.redis.hset(key, { starting_at: Date.now() - 60_000 });
  expect(await runner.settle(shard)).toBe(1);
  expect(await all()).toHaveLength(1);
  expect(await store.redis.scard(shard.unsettledSchedules())).toBe(0);
  // Killed after the run was submitted and before that was recorded.
  await store.redis.hset(key, { starting_ms: t0, starting_at: 0 });
  await store.redis.sadd(shard.unsettledSchedules(), `${organization}/nightly`);
  await runner.settle(shard);
  expect(await all()).toHaveLength(1);
});

test("overlap skip: nothing starts while the run before is not final, and what is left out is counted", async () => {
  await put({ cron: "0 0 1 1 *", workflow, overlap: "skip" });
  expect(await fire(t0)).toBe("started");
  expect(await fire(t0 + 1_000)).toBe("skipped");
  expect(await fire(t0 + 1_000)).toBe("settled");
  const [first = ""] = await all();
  await runs.cancel(first, "test");
  expect(await fire(t0 + 2_000)).toBe("started");
  expect(await found()).toMatchObject({ fired_count: 2, skipped_count: 1, waiting_for: null });
});

test("overlap queue: one firing waits for the run before, further ones are left out", async () => {
  await put({ cron: "0 0 1 1 *", workflow, overlap: "queue" });
  expect(await fire(t0)).toBe("started");
  expect(await fire(t0 + 1_000)).toBe("waiting");
  expect(await fire(t0 + 1_000)).toBe("waiting");
  expect(await fire(t0 + 2_000)).toBe("skipped");
  expect(await runner.settle(shard)).toBe(0);
  expect(await found()).toMatchObject({ waiting_for: new Date(t0 + 1_000).toISOString(), skipped_count: 1 });
  const [first = ""] = await all();
  await runs.cancel(first, "test");
  expect(await runner.settle(shard)).toBe(1);
  expect(await found()).toMatchObject({ waiting_for: null, fired_count: 2 });
  expect(await all()).toHaveLength(2);
});

test("a firing of a template that is gone is recorded, and the next one that works clears it", async () => {
  const templates = new TemplateStore(store);
  const definition = { name: "report", inputs: { properties: { day: { type: "string" } } }, steps: [echo] };
  await templates.put(organization, "key_1", [{ definition }]);
  await put({ cron: "0 0 1 1 *", template: "report", inputs: { day: "monday" } });
  await templates.delete(organization, "report");
  expect(await fire(t0)).toBe("refused");
  expect((await found()).last_error).toMatchObject({
    code: "validation_failed",
    message: expect.stringContaining('no template "report"'),
  });
  await templates.put(organization, "key_1", [{ definition }]);
  expect(await fire(t0 + 1_000)).toBe("started");
  expect(await found()).toMatchObject({ last_error: null });
  const [run = ""] = await all();
  expect(await runs.find(run)).toMatchObject({ template: "report@2", schedule: "nightly" });
});

test("a firing of an organization that has as much queued as it may starts nothing, and says so", async () => {
  const quotas = new Quotas(store);
  const scope = { organizationId: organization, workspaceId: null };
  await put({ cron: "0 0 1 1 *", workflow, overlap: "queue" });
  await quotas.set(scope, { queued_max: 0 });
  expect(await fire(t0)).toBe("refused");
  expect((await found()).last_error).toMatchObject({ code: "quota_exceeded" });
  expect(await all()).toEqual([]);
  await quotas.set(scope, { queued_max: 1 });
  expect(await fire(t0 + 1_000)).toBe("started");
  expect(await found()).toMatchObject({ last_error: null, fired_count: 1 });
  expect(await all()).toHaveLength(1);
});

test("a disabled schedule does not fire, and a deleted one leaves nothing behind", async () => {
  await put({ every_seconds: 5, workflow, enabled: false });
  expect((await found()).next_run_at).toBeNull();
  expect(await fire(t0)).toBe("disabled");
  await put({ every_seconds: 5, workflow });
  expect(await schedules.delete(organization, "nightly")).toBe(true);
  expect(await schedules.delete(organization, "nightly")).toBe(false);
  expect(await fire(t0)).toBe("missing");
  expect(await store.queue(shard, "maintenance").getJobSchedulersCount()).toBe(0);
  expect(await store.redis.keys("*schedule:*")).toEqual([]);
  expect(await store.redis.keys("*schedules*")).toEqual([]);
});

test("a clock that a kill left unset, or set to what was, is set again", async () => {
  await put({ every_seconds: 60, workflow });
  const queue = store.queue(shard, "maintenance");
  expect(await runner.mendClocks(shard)).toBe(0);
  await queue.removeJobScheduler("schedule.nightly.acme.inc");
  expect(await runner.mendClocks(shard)).toBe(1);
  await store.redis.hset(
    shard.schedule(organization, "nightly"),
    "spec",
    JSON.stringify({ cron: "0 3 * * *", timezone: "Asia/Tokyo", workflow }),
  );
  expect(await runner.mendClocks(shard)).toBe(1);
  expect(await queue.getJobScheduler("schedule.nightly.acme.inc")).toMatchObject({
    pattern: "0 3 * * *",
    tz: "Asia/Tokyo",
  });
});

test("schedules survive a killed Redis and go on firing", async () => {
  serve();
  await put({ every_seconds: 1, workflow, overlap: "skip" });
  await eventually(async () => (await found()).fired_count === 1, { deadlineMs: 15_000 });
  const before = (await found()).skipped_count;
  await redis.kill();
  await redis.restart();
  await eventually(async () => (await found()).skipped_count > before + 1, { deadlineMs: 25_000 });
  expect((await found()).fired_count).toBe(1);
});

test("lists are newest first, by page, of the organizations that are visible", async () => {
  for (const name of ["a", "b", "c"])
    await schedules.put(organization, name, "key_1", { every_seconds: 60, workflow });
  const page = (afterId?: string) => schedules.list([organization], {}, { limit: 2, afterId });
  const first = await page();
  expect(first.count).toBe(3);
  const rest = await page(first.items.at(-1)?.id);
  expect([...first.items, ...rest.items].map(({ name }) => name).sort()).toEqual(["a", "b", "c"]);
  expect((await schedules.list(["globex"], {}, { limit: 2, afterId: undefined })).count).toBe(0);
  expect((await schedules.list("all", { name: "b" }, { limit: 2, afterId: undefined })).count).toBe(1);
});
