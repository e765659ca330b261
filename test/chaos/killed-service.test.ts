import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DroverClient } from "@drover/client";
import { type Stack, startStack } from "@drover/embedded";
import { descendantsOf, eventually, isRunning } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let stack: Stack;
let client: DroverClient;
beforeAll(async () => {
  stack = await startStack({ serviceEnvironment: { "*": { DROVER_LOCK_SECONDS: "2" } } });
  client = stack.client;
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const write = (id: string, prompt: string, depends_on: string[] = []) => ({
  id,
  agent: "opencode",
  task: "prompt",
  parameters: { prompt },
  depends_on,
});
const sleep = (id: string, ms: number, depends_on: string[] = []) => ({
  id,
  agent: "diagnostics",
  task: "sleep",
  parameters: { ms, value: id },
  depends_on,
});

/** Follows a run until `what` of `stepId` is seen. */
async function until(runId: string, what: string, stepId: string, tool?: string): Promise<void> {
  for await (const event of client.workflowEvents(runId)) {
    if (event.type !== what || event.step_id !== stepId) continue;
    if (tool === undefined || event.data["tool"] === tool) return;
  }
}

async function endsOnceEach(runId: string, steps: number): Promise<void> {
  const run = await client.waitForWorkflow(runId, { timeoutMs: 120_000 });
  expect(run).toMatchObject({ status: "completed" });
  const completed = [];
  for await (const event of client.workflowEvents(runId))
    if (event.type === "step.completed") completed.push(event.step_id);
  expect(new Set(completed).size).toBe(steps);
  expect(completed).toHaveLength(steps);
}

test("SIGKILL of the opencode-worker in the middle of a step: the run completes, each result stands once, no instance is left", async () => {
  const worker = stack.service("opencode-worker");
  const before = worker.pid;
  const run = await client.submitWorkflow({
    name: "kill the worker",
    workspace_id: "ws-kill-worker",
    steps: [
      write("slow", "sleep 6\nwrite slow.txt: done"),
      write("after", "write after.txt: done", ["slow"]),
    ],
  });
  await until(run.id, "step.progress", "slow", "bash");
  // OpenCode, and the shell that sleeps in its session: all that the worker started.
  const started = await descendantsOf(before ?? -1);
  expect(started.some((entry) => entry.command.includes("opencode") && entry.command.includes("serve"))).toBe(
    true,
  );
  worker.kill("SIGKILL");
  await eventually(
    async () => !(await Promise.all(started.map(({ pid }) => isRunning(pid)))).includes(true),
    {
      deadlineMs: 10_000,
    },
  );
  await endsOnceEach(run.id, 2);
  expect(worker.pid).not.toBe(before);
  for (const file of ["slow.txt", "after.txt"]) {
    expect(await readFile(join(stack.workspacesDir, "ws-kill-worker", file), "utf8")).toContain("done");
  }
});

test("SIGKILL of the orchestrator between two steps: the run completes and each step ran once", async () => {
  const run = await client.submitWorkflow({
    name: "kill the orchestrator",
    steps: [sleep("one", 1_000), sleep("two", 500, ["one"]), sleep("three", 10, ["two"])],
  });
  await until(run.id, "step.completed", "one");
  stack.service("agentzero-orchestrator").kill("SIGKILL");
  await endsOnceEach(run.id, 3);
});

test("SIGKILL of the infra-worker in the middle of many steps: every step ends once", async () => {
  const wide = Array.from({ length: 40 }, (_, n) => sleep(`s${n}`, 300 + n * 10));
  const run = await client.submitWorkflow({
    name: "kill the infra-worker",
    steps: [
      ...wide,
      sleep(
        "join",
        1,
        wide.map(({ id }) => id),
      ),
    ],
  });
  await until(run.id, "step.completed", "s0");
  stack.service("infra-worker").kill("SIGKILL");
  await endsOnceEach(run.id, 41);
});

test("SIGKILL of the gateway: what it acknowledged completes, and it answers again", async () => {
  const tasks = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      client.submitTask({ type: "diagnostics", payload: { action: "sleep", ms: 500, value: n } }),
    ),
  );
  const gateway = stack.service("api-gateway");
  const afterPid = gateway.pid;
  gateway.kill("SIGKILL");
  await gateway.waitRestarted({ afterPid });
  for (const [n, task] of tasks.entries()) {
    const ended = await client.waitForTask(task.id, { timeoutMs: 60_000 });
    expect(ended).toMatchObject({ status: "completed", result: { output: n } });
  }
});
