import { diagnostics } from "@drover/contracts";
import { CapacityFailure, RetryableFailure } from "@drover/errors";
import {
  DeadLetters,
  EventLog,
  mirrorDeadLetters,
  Scheduler,
  sweepLeaks,
  TaskLedger,
  taskChecks,
} from "@drover/queue";
import { eventually } from "@drover/testing";
import { RunLedger } from "@drover/workflow";
import { expect, test } from "vitest";
import { answer, echo, final, newTask, serve, store } from "./engine.fixture.ts";

test("a task runs and its result stands in the ledger", async () => {
  serve(echo);
  const accepted = await new Scheduler(store).submit(
    newTask({ payload: { action: "echo", value: { a: [1] } } }),
  );
  expect(accepted.status).toMatch(/queued|running|completed/);
  const task = await final(accepted.id);
  expect(task).toMatchObject({
    status: "completed",
    attempt: 1,
    result: { output: { a: [1] } },
    error: null,
  });
});

test("submitting the same id twice makes one task", async () => {
  let runs = 0;
  serve(async () => answer(++runs));
  const task = newTask();
  const scheduler = new Scheduler(store);
  await Promise.all([scheduler.submit(task), scheduler.submit(task)]);
  await final(task.id);
  expect(
    await new TaskLedger(store).list({ visible: "all", limit: 10, afterId: undefined, search: {} }),
  ).toMatchObject({ count: 1 });
  expect(runs).toBe(1);
});

test("a retryable failure spends an attempt, a capacity failure does not", async () => {
  serve(async (task) => {
    if (task.delivery === 1) throw new CapacityFailure("no_free_slot", "busy", { retryAfterMs: 10 });
    if (task.delivery === 2) throw new RetryableFailure("agent_failed", "once", { retryAfterMs: 10 });
    return answer(task.attempt);
  });
  const { id } = await new Scheduler(store).submit(newTask());
  expect(await final(id)).toMatchObject({ status: "completed", attempt: 2, result: { output: 2 } });
});

test("spent attempts fail the task and leave a dead letter that can be redriven", async () => {
  let mended = false;
  serve(async () => {
    if (mended) return answer("mended");
    throw new RetryableFailure("agent_failed", "again", { retryAfterMs: 1 });
  });
  const { id } = await new Scheduler(store).submit(newTask({ maxAttempts: 2 }));
  expect(await final(id)).toMatchObject({ status: "failed", error: { code: "agent_failed", attempt: 2 } });
  const letters = new DeadLetters(store);
  const page = await letters.list({
    visible: "all",
    limit: 10,
    afterId: undefined,
    search: { agent: "diagnostics" },
  });
  expect(page.items).toMatchObject([{ task_id: id, reason: "agent_failed", attempts: 2 }]);
  for (const shard of store.keyspace.shards) await mirrorDeadLetters(store, shard);
  mended = true;
  await letters.redrive(page.items[0]?.id ?? "", "key_test");
  expect(await final(id)).toMatchObject({ status: "completed", attempt: 1, error: null });
  expect((await letters.list({ visible: "all", limit: 10, afterId: undefined, search: {} })).count).toBe(0);
});

test("cancelling aborts a running agent within 500 ms and ends a queued task at once", async () => {
  let aborted = false;
  const runner = serve(
    async (_task, { signal }) =>
      await new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(signal.reason);
        });
      }),
  );
  const { id } = await new Scheduler(store).submit(newTask());
  const queued = await new Scheduler(store).submit(newTask({ delaySeconds: 60 }));
  await eventually(() => runner.running.includes(id));
  const ledger = new RunLedger(store);
  const located = await new TaskLedger(store).locate(id);
  if (located === null) throw new Error("the task is gone");
  await ledger.cancelTask(located.shard, queued.id, "key_test");
  expect(await final(queued.id)).toMatchObject({ status: "cancelled", attempt: 0 });
  await ledger.cancelTask(located.shard, id, "key_test");
  await eventually(() => aborted, { deadlineMs: 500 });
  expect(await final(id)).toMatchObject({ status: "cancelled" });
});

test("a task's events replay from any id and end with the final one", async () => {
  serve(async (_task, context) => {
    context.progress({ percent: 50 });
    context.output({ text: "half" });
    return answer(null);
  });
  const { id } = await new Scheduler(store).submit(newTask());
  await using log = new EventLog(store);
  const located = await new TaskLedger(store).locate(id);
  if (located === null) throw new Error("the task is gone");
  const seen = [];
  for await (const event of log.follow(
    located.shard,
    { kind: "task", id },
    { signal: AbortSignal.timeout(5_000) },
  ))
    seen.push(event);
  expect(seen.map((event) => event.type)).toEqual([
    "task.queued",
    "task.started",
    "task.progress",
    "task.output",
    "task.completed",
  ]);
  const rest = [];
  const after = seen[2]?.id;
  for await (const event of log.follow(
    located.shard,
    { kind: "task", id },
    { after, signal: AbortSignal.timeout(5_000) },
  ))
    rest.push(event);
  expect(rest).toEqual(seen.slice(3));
});

test("tasks of one workspace run one after another, and waiting ones start when it is free", async () => {
  let now = 0;
  let most = 0;
  serve(
    async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now -= 1;
      return answer(null);
    },
    { ...diagnostics, workspace: "required" },
  );
  const scheduler = new Scheduler(store);
  const tasks = await Promise.all(
    [1, 2, 3, 4, 5].map(() => scheduler.submit(newTask({ workspaceId: "ws-1" }))),
  );
  for (const task of tasks) expect(await final(task.id)).toMatchObject({ status: "completed", attempt: 1 });
  expect(most).toBe(1);
});

test("a task in the ledger that never reached its queue is found by the sweeper", async () => {
  serve(echo);
  const task = newTask();
  await new Scheduler(store).submit({ ...task, delaySeconds: 3600 });
  const located = await new TaskLedger(store).locate(task.id);
  if (located === null) throw new Error("the task is gone");
  const { shard } = located;
  await store.queue(shard, "diagnostics").remove(task.id);
  await store.redis.hset(shard.task(task.id), { until: "", status: "queued" });
  const repaired = await sweepLeaks(store, shard, taskChecks, { settleMs: 0 });
  expect(repaired).toMatchObject({ row_without_job: 1, counter_drift: 1 });
  expect(await final(task.id)).toMatchObject({ status: "completed" });
});
