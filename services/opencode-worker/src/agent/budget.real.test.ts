import { FailureWithResult } from "@drover/agent-kit";
import { recordedContext } from "@drover/agent-kit/conformance";
import type { Usage } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { calling, type ModelProvider, saying, startModelProvider } from "../model/model-provider.fixture.ts";
import { type AgentBench, agentBench, outputOf } from "./agent.fixture.ts";

let provider: ModelProvider;
let bench: AgentBench;
beforeAll(async () => {
  provider = await startModelProvider();
  bench = await agentBench(process.env, {
    DROVER_MODEL_BASE_URL: provider.url,
    DROVER_MODEL_INPUT_USD: "1000",
    DROVER_MODEL_OUTPUT_USD: "2000",
  });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

/** A model that writes a file with each answer, for ever or until it has written so many; slow after the second. */
function writeFiles(most = Number.POSITIVE_INFINITY, slowMs = 0): void {
  let n = 0;
  provider.answer = (response) => {
    n += 1;
    const file = { filePath: `step-${n}.txt`, content: `${n}\n` };
    const answer = n > most ? saying("done") : calling(`call_${n}`, "write", file);
    if (n <= 2 || slowMs === 0) answer(response);
    else setTimeout(() => answer(response), slowMs);
  };
}

const stopAt = (calls: number) => (used: Usage) =>
  (used.tool_calls?.["write"] ?? 0) >= calls
    ? new PermanentFailure("budget_exceeded", `${calls} tool calls are used`)
    : null;

test("usage counts tokens, money, time and tools, and is told at each step", async () => {
  writeFiles(2);
  const context = recordedContext();
  const { usage } = await bench.agent.execute(bench.prompt("go"), context);
  // Three answers: two calls of 1000 and 100 tokens, and one of 100 and 10.
  expect(usage).toMatchObject({ input_tokens: 2_100, output_tokens: 210, tool_calls: { write: 2 } });
  expect(usage?.cost_usd).toBeCloseTo(2.1 + 0.42, 6);
  expect(context.spendings.map(({ input_tokens }) => input_tokens)).toEqual([1_000, 2_000, 2_100]);
  expect(context.spendings.at(-1)?.duration_ms).toBeGreaterThan(0);
});

test("a task whose budget is used up stops at its next step, and keeps what was done", async () => {
  writeFiles(undefined, 10_000);
  const context = recordedContext(undefined, stopAt(2));
  const workspaceId = "ws-budget";
  const failure = await bench.agent.execute(bench.prompt("go", { workspaceId }), context).then(
    () => null,
    (error: unknown) => error,
  );
  if (!(failure instanceof FailureWithResult)) throw new Error(`it ended with ${String(failure)}`);
  expect(failure).toMatchObject({ code: "budget_exceeded", message: "2 tool calls are used" });
  const { files, session_id } = outputOf(failure.result);
  expect(files.map(({ path }) => path)).toEqual(["step-1.txt", "step-2.txt"]);
  expect(session_id).toMatch(/^ses_/);
  expect(await bench.read(workspaceId, "step-1.txt")).toBe("1\n");
  expect(failure.result.usage).toMatchObject({ tool_calls: { write: 2 } });
  const { requests } = provider;
  provider.answer = saying("all is well");
  const next = await bench.agent.execute(bench.prompt("hi", { workspaceId }), recordedContext());
  expect(outputOf(next)).toMatchObject({ summary: "all is well", files: [] });
  expect(provider.requests).toBe(requests + 1);
});

test("the last step counts against the budget, and is not taken away by it", async () => {
  writeFiles(1);
  const context = recordedContext(undefined, ({ output_tokens }) =>
    output_tokens > 100 ? new PermanentFailure("budget_exceeded", "too late") : null,
  );
  const result = await bench.agent.execute(bench.prompt("go", { workspaceId: "ws-last" }), context);
  expect(outputOf(result)).toMatchObject({ summary: "done", files: [{ path: "step-1.txt" }] });
});

test("what sub-agents use counts, and a budget stops them", async () => {
  let n = 0;
  provider.answer = (response) => {
    n += 1;
    const input = { description: "look", prompt: "look around", subagent_type: "general" };
    if (n === 1) calling("call_task", "task", input)(response);
    else calling(`call_read_${n}`, "glob", { pattern: `*.${n}` })(response);
  };
  const context = recordedContext(undefined, (used) =>
    (used.tool_calls?.["glob"] ?? 0) >= 3 ? new PermanentFailure("budget_exceeded", "enough") : null,
  );
  const failure = await bench.agent.execute(bench.prompt("go", { workspaceId: "ws-sub" }), context).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "budget_exceeded" });
  const used = context.spendings.at(-1);
  expect(used?.tool_calls?.["glob"]).toBeGreaterThanOrEqual(3);
  expect(used?.input_tokens).toBeGreaterThanOrEqual(3_000);
  const { requests } = provider;
  // The sub-agent has ended with its task.
  await eventually(async () => {
    provider.answer = saying("hello");
    await bench.agent.execute(bench.prompt("hi", { workspaceId: "ws-sub" }), recordedContext());
    return true;
  });
  expect(provider.requests).toBe(requests + 1);
});

test("usage of a failed task is told, too, and a conversation that goes on counts only what is new", async () => {
  writeFiles(1);
  const first = await bench.agent.execute(bench.prompt("go", { workspaceId: "ws-on" }), recordedContext());
  const { session_id } = outputOf(first);
  provider.answer = saying("again");
  const task = bench.task({ action: "prompt", prompt: "go on", session_id }, { workspaceId: "ws-on" });
  const second = await bench.agent.execute(task, recordedContext());
  expect(second.usage).toMatchObject({ input_tokens: 100, output_tokens: 10, tool_calls: {} });
  const context = recordedContext();
  provider.answer = saying("cut", "length");
  await expect(
    bench.agent.execute(bench.prompt("x", { workspaceId: "ws-on" }), context),
  ).rejects.toMatchObject({
    code: "incomplete_answer",
  });
  expect(context.spendings.at(-1)).toMatchObject({ input_tokens: 100, output_tokens: 10 });
});
