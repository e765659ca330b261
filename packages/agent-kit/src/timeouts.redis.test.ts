import { DeadLetters, Scheduler, TaskLedger } from "@drover/queue";
import { eventually } from "@drover/testing";
import { RunEngine, RunLedger, sweepDeadlines } from "@drover/workflow";
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

const untilAbort = async (signal: AbortSignal) =>
  await new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

async function sweep(): Promise<number> {
  const engine = new RunEngine(store);
  let ended = 0;
  for (const shard of store.keyspace.shards) ended += await sweepDeadlines(store, shard, engine);
  return ended;
}

/** How many tasks still stand among the deadlines. */
async function armed(): Promise<number> {
  let count = 0;
  for (const shard of store.keyspace.shards) count += await store.redis.zcard(shard.deadlines());
  return count;
}

async function letterOf(taskId: string) {
  const page = await new DeadLetters(store).list({
    visible: "all",
    limit: 200,
    afterId: undefined,
    search: {},
  });
  return page.items.find((letter) => letter.task_id === taskId);
}

test("a task that nobody takes in time fails with start_timed_out, leaves a dead letter and no job", async () => {
  const { id } = await new Scheduler(store).submit(newTask({ startTimeoutSeconds: 0.1 }));
  await eventually(async () => (await sweep()) > 0);
  expect(await final(id)).toMatchObject({ status: "failed", attempt: 0, error: { code: "start_timed_out" } });
  expect(await letterOf(id)).toMatchObject({ reason: "start_timed_out", attempts: 0 });
  const located = await new TaskLedger(store).locate(id);
  if (located === null) throw new Error("the task is gone");
  expect(await store.queue(located.shard, "diagnostics").getJob(id)).toBeUndefined();
  expect(await armed()).toBe(0);
});

test("a redriven task has its times again", async () => {
  const { id } = await new Scheduler(store).submit(newTask({ startTimeoutSeconds: 60 }));
  const located = await new TaskLedger(store).locate(id);
  if (located === null) throw new Error("the task is gone");
  const overMs = Date.now() - 1;
  await store.redis.hset(located.shard.task(id), "start_by", overMs);
  await store.redis.zadd(located.shard.deadlines(), overMs, id);
  expect(await sweep()).toBe(1);
  serve(echo);
  const letter = await letterOf(id);
  await new DeadLetters(store).redrive(letter?.id ?? "", "key_test");
  expect(await final(id)).toMatchObject({ status: "completed" });
  expect(await armed()).toBe(0);
});

test("a task that was taken in time is not ended by the time to start, and a delay that was asked for does not count", async () => {
  const scheduler = new Scheduler(store);
  const running = await scheduler.submit(newTask({ startTimeoutSeconds: 2 }));
  const delayed = await scheduler.submit(newTask({ startTimeoutSeconds: 1, delaySeconds: 3_600 }));
  let end = () => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  const runner = serve(async () => {
    await held;
    return answer("done");
  });
  await eventually(() => runner.running.includes(running.id));
  expect(await armed()).toBe(1);
  const startedMs = Date.now();
  await eventually(() => Date.now() - startedMs > 2_100, { deadlineMs: 5_000 });
  expect(await sweep()).toBe(0);
  end();
  expect(await final(running.id)).toMatchObject({ status: "completed" });
  expect(await new TaskLedger(store).find(delayed.id)).toMatchObject({ status: "delayed" });
});

test("a job that is delivered after its time to start is over does not run", async () => {
  const { id } = await new Scheduler(store).submit(newTask({ startTimeoutSeconds: 0.01 }));
  await eventually(async () => {
    const located = await new TaskLedger(store).locate(id);
    return Number(located?.row.start_by) < Date.now();
  });
  let runs = 0;
  serve(async () => answer(++runs));
  expect(await final(id)).toMatchObject({ status: "failed", error: { code: "start_timed_out" } });
  expect(runs).toBe(0);
});

test("an agent that goes silent loses its attempt; one that says that it is alive does not", async () => {
  serve(async (task, context) => {
    if (task.attempt === 1) return await untilAbort(context.signal);
    const startedMs = Date.now();
    const beat = setInterval(() => context.heartbeat(), 20);
    await eventually(() => Date.now() - startedMs > 1_200);
    clearInterval(beat);
    return answer(task.attempt);
  });
  const { id } = await new Scheduler(store).submit(
    newTask({ heartbeatTimeoutSeconds: 0.5, backoff: { initial_ms: 1, cap_ms: 1, factor: 1 } }),
  );
  await eventually(async () => (await new TaskLedger(store).find(id))?.error?.code === "heartbeat_timed_out");
  expect(await final(id)).toMatchObject({ status: "completed", attempt: 2 });
});

test("one attempt that takes too long is tried again; the task as a whole that takes too long is not", async () => {
  serve(async (_task, { signal }) => await untilAbort(signal));
  const attempt = newTask({
    timeoutSeconds: 0.1,
    maxAttempts: 2,
    backoff: { initial_ms: 1, cap_ms: 1, factor: 1 },
  });
  const whole = newTask({ totalTimeoutSeconds: 3, maxAttempts: 20 });
  const scheduler = new Scheduler(store);
  await scheduler.submitMany([attempt, whole]);
  expect(await final(attempt.id)).toMatchObject({
    status: "failed",
    attempt: 2,
    error: { code: "timed_out" },
  });
  expect(await final(whole.id)).toMatchObject({
    status: "failed",
    attempt: 1,
    error: { code: "total_timed_out", retryable: false },
  });
  expect(await armed()).toBe(0);
});

test("a task that waits for its next attempt ends when its time as a whole is over", async () => {
  serve(async () => {
    throw new Error("once more");
  });
  const { id } = await new Scheduler(store).submit(
    newTask({
      totalTimeoutSeconds: 1,
      maxAttempts: 20,
      backoff: { initial_ms: 20_000, cap_ms: 20_000, factor: 1 },
    }),
  );
  // Either no next attempt would begin in time, or the sweep finds it waiting.
  await eventually(
    async () => (await sweep()) > 0 || (await new TaskLedger(store).find(id))?.status === "failed",
  );
  const task = await final(id);
  expect(task).toMatchObject({ status: "failed", error: { code: "total_timed_out" } });
  expect(await letterOf(id)).toMatchObject({ reason: "total_timed_out" });
});

test("a running task is told when its time is over, also by the sweep", async () => {
  const runner = serve(async (_task, { signal }) => await untilAbort(signal));
  const { id } = await new Scheduler(store).submit(newTask({ totalTimeoutSeconds: 60 }));
  await eventually(() => runner.running.includes(id));
  const located = await new TaskLedger(store).locate(id);
  if (located === null) throw new Error("the task is gone");
  const overMs = Date.now() - 1;
  await store.redis.hset(located.shard.task(id), "end_by", overMs);
  await store.redis.zadd(located.shard.deadlines(), overMs, id);
  expect(await sweep()).toBe(0);
  expect(await final(id)).toMatchObject({ status: "failed", error: { code: "total_timed_out" } });
});

test("a step that nobody takes in time ends its run, even if whoever found it died before the run was told", async () => {
  serveRuns();
  const id = await submitRun({
    name: "nobody",
    steps: [
      { id: "alone", agent: "diagnostics", task: "echo", parameters: { value: 1 }, start_timeout_seconds: 1 },
      { id: "after", agent: "diagnostics", task: "echo", parameters: { value: 1 }, depends_on: ["alone"] },
    ],
  });
  const killed = { stepEnded: async () => Promise.reject(new Error("killed")) };
  await eventually(
    async () => {
      for (const shard of store.keyspace.shards) {
        const engine = Object.assign(Object.create(new RunEngine(store)), killed);
        if (await sweepDeadlines(store, shard, engine).catch(() => true)) return true;
      }
      return false;
    },
    { deadlineMs: 10_000 },
  );
  expect(await sweep()).toBe(1);
  const run = await finalRun(id);
  expect(run).toMatchObject({ status: "failed", error: { failed_steps: ["alone"] } });
  expect(run.steps[0]).toMatchObject({ status: "failed", error: { code: "start_timed_out" } });
  expect(await armed()).toBe(0);
});

test("while its run is paused a step's time to start stands still, and begins again when it goes on", async () => {
  serveRuns();
  const parameters = { value: 1 };
  const id = await submitRun({
    name: "paused",
    steps: [{ id: "a", agent: "diagnostics", task: "echo", parameters, start_timeout_seconds: 60 }],
  });
  const ledger = new RunLedger(store);
  const taskId = await eventually(async () => (await ledger.find(id))?.steps[0]?.task_id ?? false);
  const located = await eventually(() => new TaskLedger(store).locate(taskId));
  if (located === null) throw new Error("the task is gone");
  const { shard } = located;
  await ledger.pause(id, "someone");
  serve(echo);
  await eventually(async () => (await store.redis.scard(shard.runHeld(id))) === 1);
  const overMs = Date.now() - 1;
  await store.redis.hset(shard.task(taskId), "start_by", overMs);
  await store.redis.zadd(shard.deadlines(), overMs, taskId);
  expect(await sweep()).toBe(0);
  expect(await new TaskLedger(store).find(taskId)).toMatchObject({ status: "parked" });
  await ledger.resume(id, "someone");
  expect(await finalRun(id)).toMatchObject({ status: "completed" });
  expect(await armed()).toBe(0);
});
