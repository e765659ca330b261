/** A worker whose connection is cut at the n-th command of a step's completion: at Redis, that is what a SIGKILL there leaves. */
import { diagnostics, type WorkflowStep } from "@drover/contracts";
import { createLogger, createMetrics } from "@drover/observability";
import { eventually } from "@drover/testing";
import { RunLedger, stepTaskId } from "@drover/workflow";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import type { Agent } from "./agent.ts";
import { echo, finalRun, openRequestStore, serve, serveRuns, store, submitRun } from "./engine.fixture.ts";
import { TaskMetrics } from "./task-metrics.ts";
import { TaskRunner } from "./task-runner.ts";

const logger = createLogger({ service: "test", level: "silent" });
const work = (value: unknown) => ({ agent: "diagnostics", task: "echo", parameters: { value } });
const after = (id: string, more: Partial<WorkflowStep>): WorkflowStep => ({
  id,
  ...work(id),
  depends_on: ["first"],
  ...more,
});

/** What `first` makes ready: a task, tasks of a fan-out, a step with a fallback, and a step that is skipped. */
const definition = {
  name: "cut",
  steps: [
    { id: "first", ...work(1) },
    after("plain", {}),
    after("each", { for_each: "[10, 20, 30]", parameters: { value: "${{ item }}" } }),
    after("backed", { fallback: work("instead") }),
    after("skipped", { when: "false" }),
    {
      id: "join",
      ...work("${{ steps.each.output }}"),
      depends_on: ["plain", "each", "backed", "skipped"],
    },
  ],
};

/** Runs the task on a connection that is cut when it sends its n-th command. @returns whether it came to that */
async function runCutAt(taskId: string, nth: number): Promise<boolean> {
  await using doomed = openRequestStore();
  await eventually(() => doomed.ping(1_000).then(() => true));
  let sent = 0;
  let die: (() => void) | undefined;
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const { redis } = doomed;
  if (!(redis instanceof Redis)) throw new Error("this test is for one server");
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    sent += 1;
    if (sent === nth) {
      redis.disconnect();
      die?.();
    }
    return send(command, stream);
  };
  const agent: Agent = {
    name: diagnostics.name,
    descriptor: diagnostics,
    supports: () => true,
    execute: echo,
    health: () => ({ status: "available", reason: null }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const metrics = new TaskMetrics(createMetrics("test"));
  const attempted = async () => undefined;
  const options = { store: doomed, agent, workerName: "doomed", lockMs: 2_000, logger, metrics, attempted };
  const shard = doomed.keyspace.shardOf("default");
  const handled = new TaskRunner(options).handle(shard, taskId, new AbortController().signal);
  // Who is dead does not try again, as this one does.
  await Promise.race([handled.then(() => undefined).catch(() => undefined), death]);
  return sent >= nth;
}

test("a worker that dies at any command of a step's completion leaves a run that comes to its right answer", {
  timeout: 240_000,
}, async () => {
  serveRuns();
  const shard = store.keyspace.shardOf("default");
  const ledger = new RunLedger(store);
  const queue = store.queue(shard, "diagnostics");
  serve(echo);
  let nth = 0;
  for (let cut = true; cut; ) {
    nth += 1;
    await queue.pause();
    const id = await submitRun(definition);
    await eventually(async () => (await ledger.find(id))?.steps[0]?.status === "queued");
    cut = await runCutAt(stepTaskId(id, "first"), nth);
    await queue.resume();
    const run = await finalRun(id);
    const statuses = Object.fromEntries(run.steps.map((step) => [step.step_id, step.status]));
    const rest = { first: "completed", plain: "completed", each: "completed", backed: "completed" };
    expect({ nth, status: run.status, statuses }).toEqual({
      nth,
      status: "completed",
      statuses: { ...rest, skipped: "skipped", join: "completed" },
    });
    expect(run.result?.output["join"]).toEqual([10, 20, 30]);
    const events = await store.redis.xrange(shard.events({ kind: "workflow", id }), "-", "+");
    const ended = events.filter(([, fields]) => fields[1] === "step.completed");
    expect({ nth, ended: ended.length }).toEqual({ nth, ended: 7 });
  }
  expect(nth).toBeGreaterThan(5);
});
