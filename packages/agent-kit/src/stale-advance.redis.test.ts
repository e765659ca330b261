import { deriveId } from "@drover/contracts";
import { Scheduler, TaskLedger } from "@drover/queue";
import { RunEngine } from "@drover/workflow";
import { expect, test } from "vitest";
import { echo, finalRun, newTask, serve, serveRuns, store, submitRun } from "./engine.fixture.ts";

const step = (id: string, more: object = {}) => ({ id, agent: "diagnostics", task: "echo", ...more });
const taskOf = (run: string, instance: string) => deriveId("task", run, instance);

/** What a worker knew that stood still, or that spoke with a Redis that has been replaced since. */
const stale = (run: string, instance: string) =>
  newTask({ id: taskOf(run, instance), step: { workflowId: run, stepId: instance } });

test("a step that somebody takes for ready, and that is not, is not accepted, and runs in its turn", async () => {
  const run = await submitRun({
    name: "stale",
    steps: [
      step("first", { parameters: { value: 1 } }),
      step("second", { depends_on: ["first"], parameters: { value: 2 } }),
    ],
  });
  const shard = store.keyspace.shardOf("default");
  const instances = ["second", "second[3]", "second.fallback", "second[3].fallback"];
  await new Scheduler(store).submitSteps(
    shard,
    instances.map((instance) => stale(run, instance)),
  );
  for (const instance of instances)
    expect(await new TaskLedger(store).find(taskOf(run, instance))).toBeNull();
  await new RunEngine(store).stepEnded(shard, run, "second");
  serve(echo);
  serveRuns();
  expect(await finalRun(run)).toMatchObject({
    status: "completed",
    steps: [{ output: 1 }, { output: 2, attempt: 1 }],
  });
});
