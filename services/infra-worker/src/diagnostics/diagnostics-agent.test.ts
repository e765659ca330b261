import { spawn } from "node:child_process";
import { once } from "node:events";
import { agentConformance, anAgentTask, recordedContext } from "@drover/agent-kit/conformance";
import { CapacityFailure, PermanentFailure, RetryableFailure } from "@drover/errors";
import { expect, test } from "vitest";
import { createDiagnosticsAgent } from "./diagnostics-agent.ts";

const task = (payload: Record<string, unknown>, delivery = 1) =>
  anAgentTask({ type: "diagnostics", payload, delivery });

agentConformance("diagnostics", async () => ({
  agent: createDiagnosticsAgent(),
  quickTask: () => task({ action: "sleep", ms: 1, value: "done" }),
  endlessTask: () => task({ action: "fail", class: "hang" }),
  invalidTask: () => task({ action: "sum", values: "none" }),
  batchTasks: () => [1, 2, 3].map((value) => task({ action: "echo", value })),
  leftovers: async () => [],
  async [Symbol.asyncDispose]() {},
}));

async function outputOf(payload: Record<string, unknown>, delivery = 1): Promise<unknown> {
  await using agent = createDiagnosticsAgent();
  return (await agent.execute(task(payload, delivery), recordedContext())).output;
}

test("echo answers its value, sum the sum, sleep the value", async () => {
  expect(await outputOf({ action: "echo", value: { a: [1, null] } })).toEqual({ a: [1, null] });
  expect(await outputOf({ action: "echo", value: null })).toBeNull();
  expect(await outputOf({ action: "sum", values: [1, 2, 3.5] })).toBe(6.5);
  expect(await outputOf({ action: "sleep", ms: 1 })).toBeNull();
});

test.each([
  ["permanent", PermanentFailure],
  ["retryable", RetryableFailure],
  ["capacity", CapacityFailure],
])("fail %s throws the failure of that class", async (mode, failure) => {
  const outcome = outputOf({ action: "fail", class: mode });
  await expect(outcome).rejects.toBeInstanceOf(failure);
  await expect(outcome).rejects.toMatchObject({ code: "diagnostics_failure" });
});

test("fail counts every start of the task and answers after the told number", async () => {
  const payload = { action: "fail", class: "capacity", times: 2, value: "at last" };
  await expect(outputOf(payload, 2)).rejects.toMatchObject({ retryAfterMs: 500 });
  expect(await outputOf(payload, 3)).toBe("at last");
  expect(await outputOf({ ...payload, times: 0 }, 1)).toBe("at last");
});

test("fail crash kills its own process", async () => {
  const script = `
    const { failAs } = await import(${JSON.stringify(new URL("./fail-as.ts", import.meta.url).href)});
    await failAs("crash", new AbortController().signal);`;
  const arguments_ = [
    "--conditions",
    "@drover/source",
    "--import",
    "tsx",
    "--input-type=module",
    "-e",
    script,
  ];
  const child = spawn(process.execPath, arguments_, { cwd: new URL(".", import.meta.url) });
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
});
