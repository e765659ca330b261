import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DroverClient } from "@drover/client";
import { getTask, getWorkflow } from "@drover/contracts";
import { type Stack, startStack } from "@drover/embedded";
import { eventually } from "@drover/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, create, prefix } from "./api.ts";
import { leftovers } from "./leftovers.ts";
import { taskExample, workflowExample } from "./strategy.ts";

let stack: Stack;
let client: DroverClient;
beforeAll(async () => {
  stack = await startStack();
  client = stack.client;
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const inWorkspace = (workspace: string, path: string) =>
  readFile(join(stack.workspacesDir, workspace, path), "utf8");

test("the strategy's task, word for word, completes with api/users.go written in ws-123", async () => {
  const id = await create(stack, `${prefix}/opencode/tasks`, taskExample);
  const task = await client.waitForTask(id, { timeoutMs: 100_000 });
  expect(task).toMatchObject({ status: "completed", agent: "opencode", workspace_id: "ws-123", attempt: 1 });
  const { output, usage } = task.result ?? {};
  expect(output).toMatchObject({
    files: [{ path: "api/users.go", status: "added" }],
    session_id: expect.stringMatching(/^ses_/),
  });
  expect(usage?.input_tokens).toBeGreaterThan(0);
  expect(await inWorkspace("ws-123", "api/users.go")).toContain("package api");
});

test("the strategy's workflow, word for word, completes: code on disk, the manifest planned and not applied", async () => {
  const id = await create(stack, `${prefix}/agentzero/workflows`, workflowExample);
  const run = await client.waitForWorkflow(id, { timeoutMs: 110_000 });
  expect(run).toMatchObject({ status: "completed", name: "Full Stack Feature", error: null });
  expect(run.steps.map((step) => [step.step_id, step.status])).toEqual([
    ["backend", "completed"],
    ["frontend", "completed"],
    ["deploy", "completed"],
  ]);
  const [backend, frontend, deploy] = run.steps;
  expect(Date.parse(frontend?.started_at ?? "")).toBeGreaterThanOrEqual(
    Date.parse(backend?.finished_at ?? ""),
  );
  expect(Date.parse(deploy?.started_at ?? "")).toBeGreaterThanOrEqual(
    Date.parse(frontend?.finished_at ?? ""),
  );
  expect(deploy?.output).toMatchObject({ applied: false, mode: "plan" });
  expect(Object.keys(run.result?.output ?? {})).toEqual(["backend", "frontend", "deploy"]);
  expect(run.result?.usage.output_tokens).toBeGreaterThan(0);
  expect(await inWorkspace(run.workspace_id, "k8s/api.yaml")).toContain("kind: Deployment");
  expect(await inWorkspace(run.workspace_id, "web/index.html")).toContain("/users");
});

test("the events of a run tell its whole story once, and resume after any of them", async () => {
  const id = await create(stack, `${prefix}/agentzero/workflows`, {
    name: "story",
    steps: [
      { id: "one", agent: "diagnostics", task: "echo", parameters: { value: 1 } },
      { id: "two", agent: "diagnostics", task: "echo", parameters: { value: 2 }, depends_on: ["one"] },
    ],
  });
  const seen = [];
  for await (const event of client.workflowEvents(id)) seen.push(event);
  expect(seen.map((event) => `${event.type} ${event.step_id ?? ""}`.trim())).toEqual([
    "workflow.queued",
    "workflow.started",
    "step.queued one",
    "step.started one",
    "step.completed one",
    "step.queued two",
    "step.started two",
    "step.completed two",
    "workflow.completed",
  ]);
  const rest = [];
  const after = seen[4]?.id;
  for await (const event of client.workflowEvents(id, after === undefined ? {} : { after })) rest.push(event);
  expect(rest).toEqual(seen.slice(5));
});

test("the progress of an OpenCode task shows its tool calls and its text", async () => {
  const id = await create(stack, `${prefix}/opencode/tasks`, {
    type: "opencode",
    payload: { action: "prompt", prompt: "write notes.txt: hello", context: { workspace_id: "ws-progress" } },
  });
  const kinds = new Set<string>();
  const tools = new Set<unknown>();
  for await (const event of client.taskEvents(id)) {
    kinds.add(event.type);
    if (event.type === "task.progress" && event.data["kind"] === "tool") tools.add(event.data["tool"]);
  }
  expect([...kinds]).toEqual(
    expect.arrayContaining(["task.queued", "task.started", "task.progress", "task.output", "task.completed"]),
  );
  expect([...tools]).toContain("write");
});

test("a task of ten seconds is cancelled while OpenCode works, within a second or so", async () => {
  const id = await create(stack, `${prefix}/opencode/tasks`, {
    type: "opencode",
    payload: { action: "prompt", prompt: "sleep 60", context: { workspace_id: "ws-cancel" } },
  });
  for await (const event of client.taskEvents(id)) {
    if (event.type === "task.progress" && event.data["kind"] === "tool") break;
  }
  const startedMs = Date.now();
  expect((await ask(stack, `${prefix}/tasks/${id}/cancel`, { method: "POST" })).status).toBe(202);
  const task = await client.call(getTask, { params: { task_id: id }, query: { wait: 10 } });
  expect(task.status).toBe("cancelled");
  expect(Date.now() - startedMs).toBeLessThan(2_000);
});

test("a goal is composed into a workflow, and run when asked", async () => {
  const goal = "Build an HTTP API for users, a page for it, and deploy both to Kubernetes";
  const plan = await ask(stack, `${prefix}/agentzero/compose`, { body: { goal, planner: "rules" } });
  expect(plan.status).toBe(200);
  expect(plan.body).toMatchObject({ planner: "rules", workflow: { steps: expect.any(Array) } });
  const started = await ask(stack, `${prefix}/agentzero/compose`, {
    body: { goal, planner: "llm", run: true },
  });
  expect(started.status).toBe(202);
  expect(started.body).toMatchObject({ planner: "llm", workflow_id: expect.stringMatching(/^wf_/) });
  const id = String(Object(started.body)["workflow_id"]);
  const run = await client.waitForWorkflow(id, { timeoutMs: 110_000 });
  expect(run.status).toBe("completed");
  expect((await client.call(getWorkflow, { params: { workflow_id: id }, query: {} })).id).toBe(id);
});

test("when all work is done nothing is left in Redis but what expires or is cut by age", async () => {
  const redis = new Redis(stack.redisUrl);
  try {
    await eventually(async () => {
      const left = await leftovers(redis);
      if (left.length > 0) throw new Error(`left: ${left.join(", ")}`);
      return true;
    });
  } finally {
    redis.disconnect();
  }
});
