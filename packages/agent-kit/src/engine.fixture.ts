/** A worker and an orchestrator within one process, on a real Redis: what tests of the engine run on. */
import {
  type AgentDescriptor,
  diagnostics,
  newId,
  type TaskResult,
  type WorkflowDefinition,
} from "@drover/contracts";
import { createLogger, createMetrics } from "@drover/observability";
import { CancelListener, CircuitListener, Consumer, type NewTask, Store, TaskLedger } from "@drover/queue";
import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { concludeRun, RunEngine, RunLedger } from "@drover/workflow";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { z } from "zod";
import type { Agent, AgentContext, AgentTask } from "./agent.ts";
import { ServedAgent } from "./served-agent.ts";
import { TaskMetrics } from "./task-metrics.ts";
import type { TaskRunner } from "./task-runner.ts";

const logger = createLogger({ service: "test", level: "silent" });
const lockMs = 2_000;
export let redis: TestRedis;
export let store: Store;
const opened: AsyncDisposable[] = [];

beforeAll(async () => {
  redis = await startRedis({ appendOnly: true });
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

/** One more store on the same Redis, which fails fast; the caller closes it. */
export function openRequestStore(): Store {
  return Store.open({ url: redis.url, shards: 2, manner: "request", logger });
}

export type Execute = (task: AgentTask, context: AgentContext) => Promise<TaskResult>;
export const answer = (output: unknown): TaskResult => ({ output, artifacts: [] });
const fields = z.looseObject({ value: z.unknown() });
export const echo: Execute = async (task) => answer(fields.parse(task.payload).value);

export function serve(
  execute: Execute,
  descriptor: AgentDescriptor = diagnostics,
  concurrency = 10,
  workerName = "w",
  more: Partial<Agent> = {},
): TaskRunner {
  const agent: Agent = {
    name: descriptor.name,
    descriptor,
    supports: (type) => descriptor.supports.includes(type),
    execute,
    health: () => ({ status: "available", reason: null }),
    [Symbol.asyncDispose]: async () => undefined,
    ...more,
  };
  const metrics = new TaskMetrics(createMetrics("test"));
  const served = new ServedAgent({
    store,
    agent,
    service: "test",
    workerName,
    concurrency,
    lockMs,
    logger,
    metrics,
  });
  const { runner } = served;
  opened.push(
    served,
    new CancelListener(store, (taskId, expiry) =>
      expiry === undefined ? runner.cancel(taskId) : runner.expire(taskId, expiry),
    ),
    new CircuitListener(store, () => served.circuitChanged()),
  );
  return runner;
}

export function serveRuns(): void {
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
        const conclusion = await concludeRun(store, shard, begun.run);
        if (conclusion.kind === "ended")
          return conclusion.status === "failed" ? { kind: "dead", reason: "failed" } : { kind: "done" };
        if (conclusion.kind === "paused") return { kind: "later", untilMs: Date.now() + 3_600_000 };
        await engine.enqueueReady(shard, runId);
        return { kind: "children" };
      },
    }),
  );
}

export function newTask(more: Partial<NewTask> = {}): NewTask {
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

export async function final(id: string) {
  return await eventually(async () => {
    const task = await new TaskLedger(store).find(id);
    return task !== null && ["completed", "failed", "cancelled"].includes(task.status) ? task : false;
  });
}

export async function finalRun(id: string) {
  return await eventually(
    async () => {
      const run = await new RunLedger(store).find(id);
      return run !== null && ["completed", "failed", "cancelled"].includes(run.status) ? run : false;
    },
    { deadlineMs: 20_000 },
  );
}

export async function submitRun(definition: WorkflowDefinition): Promise<string> {
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
