import {
  type AgentDescriptor,
  diagnostics,
  newId,
  type TaskResult,
  type WorkflowDefinition,
} from "@drover/contracts";
import { CapacityFailure, PermanentFailure, RetryableFailure } from "@drover/errors";
import { createLogger, createMetrics } from "@drover/observability";
import {
  CancelListener,
  Consumer,
  DeadLetters,
  EventLog,
  type NewTask,
  Scheduler,
  Store,
  sweepTasks,
  TaskLedger,
} from "@drover/queue";
import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { RunEngine, RunLedger } from "@drover/workflow";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { Agent, AgentContext, AgentTask } from "./agent.ts";
import { TaskMetrics } from "./task-metrics.ts";
import { TaskRunner } from "./task-runner.ts";

const logger = createLogger({ service: "test", level: "silent" });
const lockMs = 2_000;
let redis: TestRedis;
let store: Store;
const opened: AsyncDisposable[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});
beforeEach(async () => {
  store = Store.open({ url: redis.url, shards: 2, manner: "worker", logger });
  await store.redis.flushall();
});
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

type Execute = (task: AgentTask, context: AgentContext) => Promise<TaskResult>;
const answer = (output: unknown): TaskResult => ({ output, artifacts: [] });
const fields = z.looseObject({ value: z.unknown() });
const echo: Execute = async (task) => answer(fields.parse(task.payload).value);

function serve(execute: Execute, descriptor: AgentDescriptor = diagnostics, concurrency = 10): TaskRunner {
  const agent: Agent = {
    name: descriptor.name,
    descriptor,
    supports: (type) => descriptor.supports.includes(type),
    execute,
    health: () => ({ status: "available", reason: null }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const metrics = new TaskMetrics(createMetrics("test"));
  const runner = new TaskRunner({ store, agent, workerName: "w", lockMs, logger, metrics });
  opened.push(
    new Consumer({
      store,
      queue: agent.name,
      concurrency,
      lockMs,
      handle: (shard, id, signal) => runner.handle(shard, id, signal),
    }),
    new CancelListener(store, (taskId) => runner.cancel(taskId)),
  );
  return runner;
}

function serveRuns(): void {
  const engine = new RunEngine(store);
  opened.push(
    new Consumer({
      store,
      queue: "workflow",
      concurrency: 10,
      lockMs,
      handle: async (shard, runId) => {
        const begun = await engine.begin(shard, runId, null);
        if (begun.kind !== "running") return { kind: "done" };
        const status = await engine.conclude(shard, runId);
        if (status !== null)
          return status === "failed" ? { kind: "dead", reason: "failed" } : { kind: "done" };
        await engine.enqueueReady(shard, runId);
        return { kind: "children" };
      },
    }),
  );
}

function newTask(more: Partial<NewTask> = {}): NewTask {
  return {
    id: newId("task"),
    agent: "diagnostics",
    type: "diagnostics",
    payload: { action: "echo", value: 1 },
    organizationId: "default",
    workspaceId: null,
    priority: "normal",
    maxAttempts: 3,
    timeoutSeconds: 30,
    delaySeconds: 0,
    labels: {},
    createdBy: "key_test",
    traceparent: null,
    step: null,
    ...more,
  };
}

async function final(id: string) {
  return await eventually(async () => {
    const task = await new TaskLedger(store).find(id);
    return task !== null && ["completed", "failed", "cancelled"].includes(task.status) ? task : false;
  });
}

async function finalRun(id: string) {
  return await eventually(
    async () => {
      const run = await new RunLedger(store).find(id);
      return run !== null && ["completed", "failed", "cancelled"].includes(run.status) ? run : false;
    },
    { deadlineMs: 20_000 },
  );
}

async function submitRun(definition: WorkflowDefinition): Promise<string> {
  const id = newId("workflow");
  await new RunLedger(store).submit({
    id,
    definition,
    organizationId: "default",
    createdBy: "key_test",
    traceparent: null,
  });
  return id;
}

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
  for (const shard of store.keyspace.shards) await sweepTasks(store, shard);
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

test("a diamond's join runs once, after all it depends on, with their outputs composed", async () => {
  const order: string[] = [];
  serve(async (task) => {
    order.push(task.step?.stepId ?? "");
    return answer(task.step?.dependencies.map((dependency) => dependency.output) ?? []);
  });
  serveRuns();
  const step = (id: string, depends_on: string[] = []) => ({
    id,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: id },
    depends_on,
  });
  const id = await submitRun({
    name: "diamond",
    steps: [step("a"), step("b", ["a"]), step("c", ["a"]), step("d", ["b", "c"])],
  });
  const run = await finalRun(id);
  expect(run).toMatchObject({
    status: "completed",
    error: null,
    result: { output: { a: [], b: [[]], c: [[]], d: [[[]], [[]]] } },
  });
  expect(order[0]).toBe("a");
  expect(order[3]).toBe("d");
  expect(order).toHaveLength(4);
});

test("a failed step blocks only what depends on it, and the run says which failed", async () => {
  serve(async (task) => {
    if (task.step?.stepId === "bad") throw new PermanentFailure("agent_failed", "no");
    return answer(1);
  });
  serveRuns();
  const step = (id: string, depends_on: string[] = []) => ({
    id,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: 1 },
    depends_on,
  });
  const id = await submitRun({
    name: "half",
    steps: [step("bad"), step("after", ["bad"]), step("good"), step("later", ["good"])],
  });
  const run = await finalRun(id);
  expect(run).toMatchObject({ status: "failed", error: { code: "steps_failed", failed_steps: ["bad"] } });
  const statuses = Object.fromEntries(run.steps.map((result) => [result.step_id, result.status]));
  expect(statuses).toEqual({ bad: "failed", after: "blocked", good: "completed", later: "completed" });
});

test("with continue_on_error the dependents of a failed step run and the run completes", async () => {
  serve(async (task) => {
    if (task.step?.stepId === "bad") throw new PermanentFailure("agent_failed", "no");
    return answer(task.step?.dependencies[0]?.status ?? null);
  });
  serveRuns();
  const steps = [
    { id: "bad", agent: "diagnostics", task: "echo", parameters: { value: 1 }, continue_on_error: true },
    { id: "after", agent: "diagnostics", task: "echo", parameters: { value: 1 }, depends_on: ["bad"] },
  ];
  const run = await finalRun(await submitRun({ name: "tolerant", steps }));
  expect(run).toMatchObject({ status: "completed", result: { output: { after: "failed" } } });
});

test("cancelling a run stops its running steps, starts no more, and ends it cancelled", async () => {
  const runner = serve(
    async (_task, { signal }) =>
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  serveRuns();
  const step = (id: string, depends_on: string[] = []) => ({
    id,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: 1 },
    depends_on,
  });
  const id = await submitRun({ name: "long", steps: [step("one"), step("two", ["one"])] });
  await eventually(() => runner.running.length === 1);
  await new RunLedger(store).cancel(id, "key_test");
  const run = await finalRun(id);
  expect(run.status).toBe("cancelled");
  expect(run.steps.map((result) => result.status)).toEqual(["cancelled", "cancelled"]);
});

test("a run of a thousand parallel steps and a join completes", async () => {
  serve(echo, diagnostics, 50);
  serveRuns();
  const wide = Array.from({ length: 1_000 }, (_, n) => ({
    id: `s${n}`,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: n },
  }));
  const join = {
    id: "join",
    agent: "diagnostics",
    task: "echo",
    parameters: { value: "all" },
    depends_on: wide.map(({ id }) => id),
  };
  const run = await finalRun(await submitRun({ name: "wide", steps: [...wide, join] }));
  expect(run.status).toBe("completed");
  expect(run.result?.output["s999"]).toBe(999);
});

test("a task in the ledger that never reached its queue is found by the sweeper", async () => {
  serve(echo);
  const task = newTask();
  await new Scheduler(store).submit({ ...task, delaySeconds: 3600 });
  const located = await new TaskLedger(store).locate(task.id);
  if (located === null) throw new Error("the task is gone");
  const { shard } = located;
  await store.queue(shard, "diagnostics").remove(task.id);
  const spec = { ...located.row.spec, created_at: new Date(Date.now() - 60_000).toISOString() };
  await store.redis.hset(shard.task(task.id), { spec: JSON.stringify(spec), until: "", status: "queued" });
  expect((await sweepTasks(store, shard)).requeued).toBe(1);
  expect(await final(task.id)).toMatchObject({ status: "completed" });
});
