import { diagnostics, taskResult, type WorkflowStep } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { json, TaskLedger } from "@drover/queue";
import { RunLedger, stepTaskId } from "@drover/workflow";
import { expect, test } from "vitest";
import { z } from "zod";
import { answer, echo, finalRun, serve, serveRuns, store, submitRun } from "./engine.fixture.ts";

const step = (id: string, more: Partial<WorkflowStep> = {}): WorkflowStep => ({
  id,
  agent: "diagnostics",
  task: "echo",
  parameters: { value: id },
  ...more,
});
const statuses = (run: Awaited<ReturnType<typeof finalRun>>) =>
  Object.fromEntries(run.steps.map((result) => [result.step_id, result.status]));

test("a parameter is what its expression comes to when the step starts, of the type that it has", async () => {
  serve(echo);
  serveRuns();
  const run = await finalRun(
    await submitRun({
      name: "values",
      inputs: { first: 20 },
      steps: [
        step("a", { parameters: { value: "${{ inputs.first }}" } }),
        step("b", { parameters: { value: "${{ steps.a.output + 22 }}" }, depends_on: ["a"] }),
        step("c", { parameters: { value: { list: ["${{ steps.b.output }}"] } }, depends_on: ["b"] }),
      ],
    }),
  );
  expect(run).toMatchObject({ status: "completed", result: { output: { a: 20, b: 42, c: { list: [42] } } } });
});

test("what an expression comes to is checked as a submitted payload is", async () => {
  serve(echo);
  serveRuns();
  const run = await finalRun(
    await submitRun({
      name: "unfit",
      steps: [
        step("a", { parameters: { value: "words" } }),
        step("b", {
          task: "sum",
          parameters: { values: ["${{ steps.a.output }}"] },
          depends_on: ["a"],
        }),
      ],
    }),
  );
  expect(run.steps[1]).toMatchObject({
    status: "failed",
    error: { code: "invalid_payload", message: expect.stringContaining("values[0]") },
  });
});

test("a step whose condition is false is skipped, and what depends on it runs", async () => {
  serve(echo);
  serveRuns();
  const run = await finalRun(
    await submitRun({
      name: "skipping",
      inputs: { deploy: false },
      steps: [
        step("build"),
        step("deploy", { when: "inputs.deploy", depends_on: ["build"] }),
        step("tell", { depends_on: ["deploy"], parameters: { value: "${{ steps.deploy.status }}" } }),
      ],
    }),
  );
  expect(run).toMatchObject({ status: "completed", result: { output: { build: "build", tell: "skipped" } } });
  expect(statuses(run)).toEqual({ build: "completed", deploy: "skipped", tell: "completed" });
});

test("a condition that cannot be answered fails its step with the reason, and blocks what depends on it", async () => {
  serve(echo);
  serveRuns();
  const run = await finalRun(
    await submitRun({
      name: "faulty",
      steps: [
        step("a"),
        step("b", { when: "steps.a.output.missing.deeper == 1", depends_on: ["a"] }),
        step("c", { depends_on: ["b"] }),
      ],
    }),
  );
  expect(statuses(run)).toEqual({ a: "completed", b: "failed", c: "blocked" });
  expect(run.steps[1]).toMatchObject({ error: { code: "expression_failed" } });
  expect(run.error).toMatchObject({ failed_steps: ["b"] });
});

test("a step runs once for each item, and its outputs are joined in the order of the items", async () => {
  serve(echo, diagnostics, 30);
  serveRuns();
  const run = await finalRun(
    await submitRun({
      name: "fan",
      steps: [
        step("list", { parameters: { value: Array.from({ length: 300 }, (_, n) => n) } }),
        step("each", {
          for_each: "steps.list.output",
          parameters: { value: "${{ [item, index] }}" },
          depends_on: ["list"],
        }),
        step("join", { depends_on: ["each"], parameters: { value: "${{ steps.each.output }}" } }),
      ],
    }),
  );
  const joined = Array.from({ length: 300 }, (_, n) => [n, n]);
  expect(run.result?.output["join"]).toEqual(joined);
  expect(run.result?.output["each"]).toEqual(joined);
  expect(run.steps[1]).toMatchObject({ items: { total: 300, completed: 300, failed: 0 } });
});

test("an empty list completes its step at once with no outputs", async () => {
  serve(echo);
  serveRuns();
  const run = await finalRun(
    await submitRun({
      name: "none",
      inputs: { list: [] },
      steps: [step("each", { for_each: "inputs.list" }), step("after", { depends_on: ["each"] })],
    }),
  );
  expect(run).toMatchObject({ status: "completed", result: { output: { each: [], after: "after" } } });
});

test("an item that fails fails its step after all items ended, unless the step may fail", async () => {
  serve(async (task, context) => {
    if (task.payload["value"] === 2) throw new PermanentFailure("agent_failed", "no two");
    return echo(task, context);
  });
  serveRuns();
  const each = step("each", { for_each: "inputs.list", parameters: { value: "${{ item }}" } });
  const inputs = { list: [1, 2, 3] };
  const strict = await finalRun(
    await submitRun({ name: "strict", inputs, steps: [each, step("after", { depends_on: ["each"] })] }),
  );
  expect(statuses(strict)).toEqual({ each: "failed", after: "blocked" });
  expect(strict.steps[0]).toMatchObject({
    items: { total: 3, completed: 2, failed: 1 },
    output: [1, null, 3],
  });
  const tolerant = await finalRun(
    await submitRun({
      name: "tolerant",
      inputs,
      steps: [{ ...each, continue_on_error: true }, step("after", { depends_on: ["each"] })],
    }),
  );
  expect(tolerant.status).toBe("completed");
  expect(tolerant.result?.output["after"]).toBe("after");
});

test("a fallback runs in place of what failed for good, and its output is the step's", async () => {
  serve(async (task, context) => {
    if (task.payload["value"] === "primary") throw new PermanentFailure("agent_failed", "no");
    return echo(task, context);
  });
  serveRuns();
  const fallback = { agent: "diagnostics", task: "echo", parameters: { value: "second" } };
  const id = await submitRun({
    name: "fallback",
    steps: [
      step("work", { parameters: { value: "primary" }, fallback }),
      step("after", { depends_on: ["work"], parameters: { value: "${{ steps.work.output }}" } }),
    ],
  });
  const run = await finalRun(id);
  expect(run).toMatchObject({ status: "completed", result: { output: { work: "second", after: "second" } } });
  expect(run.steps[0]).toMatchObject({ status: "completed", task_id: stepTaskId(id, "work.fallback") });
  // What the fallback took over is no dead letter.
  const located = await new RunLedger(store).locate(id);
  const letters = await store.redis.keys(`${located?.shard.prefix}:letter:*`);
  expect(letters).toEqual([]);
});

test("a fallback sees why the work that it stands in for failed, each item its own", async () => {
  serve(async (task, context) => {
    if (typeof task.payload["value"] === "number") {
      throw new PermanentFailure("agent_failed", `no ${task.payload["value"]}`);
    }
    return await echo(task, context);
  });
  serveRuns();
  const value = "${{ steps.work.status }}: ${{ steps.work.error.message }}";
  const fallback = { agent: "diagnostics", task: "echo", parameters: { value } };
  const run = await finalRun(
    await submitRun({
      name: "reasons",
      steps: [step("work", { for_each: "[7, 8]", parameters: { value: "${{ item }}" }, fallback })],
    }),
  );
  expect(run.steps[0]).toMatchObject({ status: "completed", output: ["failed: no 7", "failed: no 8"] });
});

test("a step whose fallback fails too is failed with the fallback's error", async () => {
  serve(async (task) => {
    throw new PermanentFailure("agent_failed", String(task.payload["value"]));
  });
  serveRuns();
  const fallback = { agent: "diagnostics", task: "echo", parameters: { value: "second" } };
  const run = await finalRun(await submitRun({ name: "both", steps: [step("work", { fallback })] }));
  expect(run.steps[0]).toMatchObject({ status: "failed", error: { message: "second" } });
  expect(run.status).toBe("failed");
});

test("with fail_fast a failed item stops the run and every other item", async () => {
  serve(async (task, { signal }) => {
    if (task.payload["value"] === 0) throw new PermanentFailure("agent_failed", "no");
    return await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  serveRuns();
  const run = await finalRun(
    await submitRun({
      name: "fast",
      on_failure: "fail_fast",
      inputs: { list: Array.from({ length: 30 }, (_, n) => n) },
      steps: [step("each", { for_each: "inputs.list", parameters: { value: "${{ item }}" } })],
    }),
  );
  expect(run).toMatchObject({ status: "failed", error: { failed_steps: ["each"] } });
});

test("a join of large outputs that no expression names reads none of them, and the answer stays bounded", async () => {
  const large = "x".repeat(200_000);
  serve(async (task) => {
    if (task.step?.stepId === "join") return answer(task.step.dependsOn.length);
    return answer(large);
  });
  serveRuns();
  const wide = Array.from({ length: 40 }, (_, n) => step(`s${n}`));
  const id = await submitRun({
    name: "large",
    steps: [...wide, step("join", { depends_on: wide.map((one) => one.id) })],
  });
  const run = await finalRun(id);
  expect(run.status).toBe("completed");
  expect(JSON.stringify(run).length).toBeLessThan(10_000_000);
  expect(run.result).toMatchObject({ truncated: true });
  const cut = run.steps.filter((one) => one.output_truncated);
  expect(cut.length).toBeGreaterThan(10);
  const task = await new TaskLedger(store).find(cut[0]?.task_id ?? "");
  expect(z.string().parse(task?.result?.output)).toHaveLength(large.length);
  expect(json(taskResult).safeParse("{}").success).toBe(false);
});
