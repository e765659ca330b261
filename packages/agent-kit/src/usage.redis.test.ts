/** What attempts use: counted for the task and its run, and held against the task's budget, over all attempts. */
import { openCode, type Usage } from "@drover/contracts";
import { PermanentFailure, RetryableFailure } from "@drover/errors";
import { createMetrics } from "@drover/observability";
import { Quotas, Scheduler } from "@drover/queue";
import { RunLedger } from "@drover/workflow";
import { expect, test } from "vitest";
import type { AgentContext, AgentTask } from "./agent.ts";
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
import { FailureWithResult } from "./failure-with-result.ts";
import { TaskMetrics } from "./task-metrics.ts";

const used = (tokens: number, more: Partial<Usage> = {}): Usage => ({
  input_tokens: tokens,
  output_tokens: 1,
  cost_usd: tokens / 100,
  ...more,
});

const backoff = { initial_ms: 1, cap_ms: 1, factor: 1 };
const opencode = {
  agent: "opencode",
  type: "opencode",
  payload: { action: "prompt", prompt: "hi" },
  workspaceId: "ws-1",
  backoff,
};

/** An agent that needs three steps of ten tokens in each attempt, and heeds its budget. */
const threeSteps = (end: (attempt: number) => void) => async (task: AgentTask, context: AgentContext) => {
  for (let step = 1; step <= 3; step += 1) {
    const usage = used(step * 10, { tool_calls: { write: step } });
    const reached = await context.spent(usage);
    const kept = { output: { steps: step }, artifacts: [], usage };
    if (reached !== null) throw new FailureWithResult(reached.code, reached.message, kept);
  }
  end(task.attempt);
  return { ...answer({ steps: 3 }), usage: used(30, { tool_calls: { write: 3 } }) };
};
const failOnce = (attempt: number) => {
  if (attempt === 1) throw new RetryableFailure("model_unavailable", "down");
};

test("a failed attempt counts, and a budget is of all attempts together", async () => {
  serve(threeSteps(failOnce), openCode);
  const scheduler = new Scheduler(store);
  const enough = await scheduler.submit(newTask({ ...opencode, budget: { input_tokens: 61 } }));
  expect(await final(enough.id)).toMatchObject({
    status: "completed",
    attempt: 2,
    usage: { input_tokens: 60, cost_usd: 0.6, tool_calls: { write: 6 } },
    result: { usage: { input_tokens: 30 } },
  });
  const little = await scheduler.submit(newTask({ ...opencode, budget: { tool_calls: 4 } }));
  expect(await final(little.id)).toMatchObject({
    status: "failed",
    attempt: 2,
    error: {
      code: "budget_exceeded",
      message: "The task has used 4 of 4 tool calls of its budget.",
      retryable: false,
    },
    result: { output: { steps: 1 } },
    usage: { input_tokens: 40, tool_calls: { write: 4 } },
  });
});

test("the budget of a workspace stops what runs in it at its next step", async () => {
  serve(
    threeSteps(() => undefined),
    openCode,
  );
  await new Quotas(store).set(
    { organizationId: "default", workspaceId: "ws-1" },
    { budget: { period: "day", tokens: 15 } },
  );
  const { id } = await new Scheduler(store).submit(newTask(opencode));
  expect(await final(id)).toMatchObject({
    status: "failed",
    error: {
      code: "budget_exceeded",
      message: expect.stringContaining("default/ws-1: 21 of 15 tokens of this day"),
    },
    result: { output: { steps: 2 } },
  });
});

test("a run has used what all its steps, their failed attempts and what fell back have used", async () => {
  serve(threeSteps(failOnce), openCode);
  serve(async (task, context) => {
    if (task.payload["action"] === "echo") return await echo(task, context);
    await context.spent(used(7, { tool_calls: { plan: 1 } }));
    throw new PermanentFailure("diagnostics_failure", "always");
  });
  serveRuns();
  const parameters = { prompt: "hi" };
  const id = await submitRun({
    name: "spends",
    workspace_id: "ws-1",
    steps: [
      { id: "a", agent: "opencode", task: "prompt", parameters, backoff },
      {
        id: "b",
        agent: "diagnostics",
        task: "fail",
        parameters: { class: "permanent" },
        fallback: { agent: "diagnostics", task: "echo", parameters: { value: 1 } },
      },
      {
        id: "c",
        agent: "diagnostics",
        task: "fail",
        parameters: { class: "permanent" },
        continue_on_error: true,
      },
    ],
  });
  expect((await finalRun(id)).result?.usage).toMatchObject({
    input_tokens: 74,
    output_tokens: 4,
    tool_calls: { write: 6, plan: 2 },
  });
  expect((await new RunLedger(store).find(id))?.result?.usage.cost_usd).toBeCloseTo(0.74, 6);
});

test("metrics tell tokens, cost and tools by agent, and the labels stay few", async () => {
  const registry = createMetrics("test");
  const metrics = new TaskMetrics(registry);
  for (let n = 0; n < 100; n += 1)
    metrics.countUsage("opencode", used(10, { tool_calls: { [`tool-${n}`]: 1 } }));
  const text = await registry.metrics();
  expect(text).toContain('drover_tokens_total{agent="opencode",direction="input",service="test"} 1000');
  expect(text).toMatch(/drover_cost_usd_total\{agent="opencode",service="test"\} (10|9\.99|10\.0)/);
  expect(text.match(/^drover_tool_calls_total\{/gm)?.length).toBe(51);
  expect(text).toContain('drover_tool_calls_total{agent="opencode",tool="other",service="test"} 50');
});
