/** BullMQ's scripts within ours do to Redis what BullMQ does by itself; an upgrade that changes that fails here. */
import { createLogger } from "@drover/observability";
import { startRedis, type TestRedis } from "@drover/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { enqueue } from "../enqueue.ts";
import { newTask } from "../new-task.fixture.ts";
import { Scheduler } from "../scheduler.ts";
import type { Shard } from "../shard.ts";
import { Store } from "../store.ts";
import type { NewTask } from "../task-spec.ts";

let redis: TestRedis;
let store: Store;
let shard: Shard;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => {
  const logger = createLogger({ service: "test", level: "silent" });
  store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  shard = store.keyspace.site;
});
afterEach(async () => {
  await store.redis.flushall();
  await store[Symbol.asyncDispose]();
});

/** All that Redis holds of BullMQ's queue: every key with its value, but for times, stream ids and what a `Queue` writes when it is made. */
async function queueState(agent: string): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for (const key of (await store.redis.keys(`${shard.prefix}:${agent}:*`)).sort()) {
    if (key.endsWith(":meta")) continue;
    state[key] = await contentOf(key);
  }
  return state;
}

async function contentOf(key: string): Promise<unknown> {
  switch (await store.redis.type(key)) {
    case "hash": {
      const { timestamp: _timestamp, ...fields } = await store.redis.hgetall(key);
      return { ...fields, ...(fields["opts"] === undefined ? {} : { opts: JSON.parse(fields["opts"]) }) };
    }
    case "zset": {
      const scored = await store.redis.zrange(key, "0", "-1", "WITHSCORES");
      // What is delayed is scored by its time.
      return key.endsWith(":delayed") || key.endsWith(":marker")
        ? scored.filter((_, at) => at % 2 === 0)
        : scored;
    }
    case "stream":
      return (await store.redis.xrange(key, "-", "+")).map(([, fields]) =>
        fields.filter((field, at) => !(fields[at - 1] === "delay" && Number(field) > 0)),
      );
    case "set":
      return (await store.redis.smembers(key)).sort();
    case "list":
      return await store.redis.lrange(key, 0, -1);
    default:
      return await store.redis.get(key);
  }
}

async function addedByBullMq(task: NewTask, priority: number) {
  await enqueue(store, shard, [
    {
      id: task.id,
      agent: task.agent,
      name: String(task.payload["action"]),
      priority,
      delayMs: task.delaySeconds * 1000,
      parentRunId: task.step?.workflowId ?? null,
    },
  ]);
}

async function recordRun() {
  await store.redis.hset(shard.run(runId), { status: "running", halted: "" });
}

async function addRun() {
  await recordRun();
  await store.queue(shard, "workflow").add("run", {}, { jobId: runId });
}

const runId = "wf_01hzzzzzzzzzzzzzzzzzzzzzzz";

test.each([
  ["a task", {}],
  ["a delayed task", { delaySeconds: 60 }],
  ["a step of a run", { step: { workflowId: runId, stepId: "build" } }],
])("%s is added within our script exactly as BullMQ would add it", async (_what, more) => {
  const task = newTask({ ...more, priority: "batch" });
  await addRun();
  const scheduler = new Scheduler(store);
  if (task.step === null) await scheduler.submit(task);
  else await scheduler.submitSteps(shard, [task]);
  const within = { ...(await queueState(task.agent)), ...(await queueState("workflow")) };
  const job = await store.queue(shard, task.agent).getJob(task.id);
  expect(job?.priority).toBeGreaterThan(1);

  await store.redis.flushall();
  await addRun();
  await addedByBullMq(task, job?.priority ?? 0);
  const alone = { ...(await queueState(task.agent)), ...(await queueState("workflow")) };
  expect(within).toEqual(alone);
});

test("a task that is submitted twice has one job, and the second answer is the task that is there", async () => {
  const task = newTask({});
  const scheduler = new Scheduler(store);
  const first = await scheduler.submit(task);
  expect(await scheduler.submit(task)).toEqual(first);
  expect(await store.queue(shard, task.agent).getJobCountByTypes("prioritized")).toBe(1);
});

test("a step whose run has no job is told of, not lost in silence", async () => {
  await recordRun();
  const task = newTask({ step: { workflowId: runId, stepId: "build" } });
  await expect(new Scheduler(store).submitSteps(shard, [task])).rejects.toThrow("refused a job");
});
