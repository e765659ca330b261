import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startDemoModel } from "@drover/demo-model";
import { type Stack, startStack } from "@drover/embedded";
import { eventually, startOpenCode, type TestOpenCode } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileHaystacks, findLeaks, redisHaystacks } from "../security/leak-search.ts";
import { ask, create, prefix } from "./api.ts";

const run = promisify(execFile);
const password = "of-the-workspace-hush-hush";
let stack: Stack;
let root: string;
let directory: string;
let model: Awaited<ReturnType<typeof startDemoModel>>;
let server: TestOpenCode;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "drover-e2e-remote-")));
  directory = join(root, "project");
  await mkdir(directory);
  await run("git", ["init", "-q", directory]);
  model = await startDemoModel();
  stack = await startStack({ serviceEnvironment: { "*": { DROVER_INSTANCE_ALLOW: "127.0.0.1" } } });
  server = await startOpenCode({ directory, modelUrl: model.url, password });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const taskOf = (prompt: string) => ({
  type: "opencode",
  payload: { action: "prompt", prompt, context: { workspace_id: "ws-remote" } },
});
const submit = (prompt: string) => create(stack, `${prefix}/opencode/tasks`, taskOf(prompt));
const registration = () => ({ workspace_id: "ws-remote", runtime: "remote", url: server.url, password });

test("a workspace registers its own OpenCode, and a task works there and nowhere else", async () => {
  const wrong = { ...registration(), password: "wrong" };
  expect(await ask(stack, `${prefix}/opencode/register`, { body: wrong })).toMatchObject({
    status: 400,
    body: { code: "instance_unreachable" },
  });
  const made = await ask(stack, `${prefix}/opencode/register`, { body: registration() });
  expect(made).toMatchObject({ status: 201, body: { runtime: "remote", status: "ready" } });
  const id = await submit("write api/users.go: package api");
  const task = await stack.client.waitForTask(id, { timeoutMs: 100_000 });
  expect(task).toMatchObject({ status: "completed", attempt: 1 });
  expect(task.result).toMatchObject({
    output: { files: [{ path: "api/users.go", status: "added", additions: 1 }] },
    artifacts: [{ name: "api/users.go", content: "package api\n" }],
  });
  expect(await readFile(join(directory, "api/users.go"), "utf8")).toBe("package api\n");
  await expect(readFile(join(stack.workspacesDir, "ws-remote", "api/users.go"))).rejects.toThrow("ENOENT");
});

test("while its server is away a task waits and spends no attempt, and is served when it is back", async () => {
  await server.kill();
  const id = await submit("write later.txt: later");
  await eventually(
    async () => {
      const task = (await ask(stack, `${prefix}/tasks/${id}`)).body;
      expect(task).toMatchObject({ status: "delayed" });
      return true;
    },
    { deadlineMs: 60_000, intervalMs: 200 },
  );
  await server.restart();
  const task = await stack.client.waitForTask(id, { timeoutMs: 100_000 });
  expect(task).toMatchObject({ status: "completed", attempt: 1 });
  expect(await readFile(join(directory, "later.txt"), "utf8")).toBe("later\n");
});

test("its password is nowhere in Redis, nor in any log", async () => {
  const haystacks = [...(await redisHaystacks(stack.redisUrl)), ...(await fileHaystacks(stack.logsDir))];
  expect(haystacks.length).toBeGreaterThan(10);
  expect(findLeaks({ password }, haystacks)).toEqual([]);
});
