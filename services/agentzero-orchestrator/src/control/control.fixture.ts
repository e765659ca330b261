/** An orchestrator and a worker on a real Redis: what the tests of the control steps run on. */
import { type Agent, WorkerService } from "@drover/agent-kit";
import { diagnostics, isFinal, newId, type Workflow, type WorkflowStep } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { createLogger } from "@drover/observability";
import {
  Approvals,
  type LocatedRow,
  type Shard,
  Store,
  sweepLeaks,
  TaskLedger,
  taskChecks,
} from "@drover/queue";
import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { type NewRun, RunLedger, runChecks } from "@drover/workflow";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { z } from "zod";
import { startRunConsumer } from "../runs/run-consumer.ts";

const lockMs = 2_000;
const deadlineMs = 60_000;
let redis: TestRedis;
export let store: Store;
const opened: AsyncDisposable[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});
beforeEach(async () => {
  const logger = createLogger({ service: "test", level: "silent" });
  store = Store.open({ url: redis.url, shards: 2, manner: "worker", logger });
  await store.redis.flushall();
});
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

/** Takes runs and control steps, until it is closed. */
export function orchestrate(concurrency = 10): AsyncDisposable {
  const consumer = startRunConsumer({ store, concurrency, lockMs });
  opened.push(consumer);
  return consumer;
}

/** Stops it, as a deployment does. */
export async function close(part: AsyncDisposable): Promise<void> {
  opened.splice(opened.indexOf(part), 1);
  await part[Symbol.asyncDispose]();
}

const fields = z.looseObject({ action: z.string(), value: z.unknown().optional() });

/** Serves `diagnostics`: `echo` answers its value, `fail` fails, `sleep` goes on until it is stopped. */
export async function work(concurrency = 10): Promise<void> {
  const agent: Agent = {
    name: diagnostics.name,
    descriptor: diagnostics,
    supports: (type) => type === diagnostics.name,
    health: () => ({ status: "available", reason: null }),
    async execute(task, { signal }) {
      const { action, value } = fields.parse(task.payload);
      if (action === "fail") throw new PermanentFailure("diagnostics_failure", "It was told to fail.");
      if (action === "sleep") {
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      }
      return { output: value, artifacts: [] };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const service = await WorkerService.start({
    service: "test-worker",
    concurrency,
    agents: async () => [agent],
    config: {
      REDIS_URL: redis.url,
      DROVER_SHARDS: 2,
      LOG_LEVEL: "silent",
      DROVER_METRICS_PORT: 0,
      DROVER_METRICS_HOST: "127.0.0.1",
      DROVER_WORKER_NAME: "worker-1",
      DROVER_DRAIN_SECONDS: 0,
      DROVER_LOCK_SECONDS: lockMs / 1000,
    },
  });
  opened.push(service);
}

type Step = Omit<WorkflowStep, "id" | "agent" | "task">;

export const step = (
  id: string,
  task: string,
  parameters: Record<string, unknown>,
  more: Partial<Step> = {},
): WorkflowStep => ({ id, agent: "control", task, parameters, ...more });

export const echo = (id: string, ...depends_on: string[]): WorkflowStep => ({
  id,
  agent: "diagnostics",
  task: "echo",
  parameters: { value: id },
  depends_on,
});

export async function submit(steps: WorkflowStep[], more: Partial<NewRun> = {}): Promise<string> {
  const id = newId("workflow");
  await new RunLedger(store).submit({
    id,
    definition: { name: "test", steps },
    organizationId: "acme",
    createdBy: "key_author",
    traceparent: null,
    ...more,
  });
  return id;
}

export async function run(id: string): Promise<Workflow> {
  const found = await new RunLedger(store).find(id);
  if (found === null) throw new Error(`the run ${id} is gone`);
  return found;
}

export const ended = (id: string): Promise<Workflow> =>
  eventually(
    async () => {
      const found = await run(id);
      return isFinal(found.status) ? found : false;
    },
    { deadlineMs },
  );

/** The task of a step, once it stands so. */
export const stepTask = (runId: string, stepId: string, status: string) =>
  eventually(
    async () => {
      const found = (await run(runId)).steps.find((result) => result.step_id === stepId);
      const task = found?.task_id === undefined ? null : await new TaskLedger(store).locate(found.task_id);
      return task?.row.status === status ? task : false;
    },
    { deadlineMs },
  );

/** A pass of upkeep that takes every leak for one at once. */
export const mend = (shard: Shard) =>
  sweepLeaks(store, shard, [...taskChecks, ...runChecks], { settleMs: 0 });

/** Lets the job of a task sleep for an hour, as if who should have woken it had died before it could. */
export async function putToSleep({ shard, row }: LocatedRow): Promise<void> {
  const { id } = row.spec;
  const queue = store.queue(shard, "workflow");
  const job = await queue.getJob(id);
  await queue.remove(id);
  await queue.add("asleep", {}, { ...job?.opts, jobId: id, delay: 3_600_000 });
}

/** The approvals that are open now, at least so many. */
export const asked = (atLeast = 1) =>
  eventually(
    async () => {
      const search = { status: "open" };
      const page = await new Approvals(store).list({
        visible: "all",
        limit: 200,
        afterId: undefined,
        search,
      });
      return page.count >= atLeast ? page.items : false;
    },
    { deadlineMs },
  );

/** The only one that is open now. */
export async function theQuestion() {
  const [approval] = await asked();
  if (approval === undefined) throw new Error("nothing is asked");
  return approval;
}
