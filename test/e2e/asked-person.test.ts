/** What an agent asks is answered over the API by somebody else, whatever becomes of the worker that asked it. */
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Approval, approval, type Task } from "@drover/contracts";
import { type Stack, startStack } from "@drover/embedded";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ask, create, prefix } from "./api.ts";

const askSeconds = 40;

let stack: Stack;
/** Not a part of any workspace. */
let outside: string;
beforeAll(async () => {
  outside = await realpath(await mkdtemp(join(tmpdir(), "drover-outside-")));
  stack = await startStack({
    serviceEnvironment: { "opencode-worker": { DROVER_OPENCODE_ASK_SECONDS: String(askSeconds) } },
  });
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await rm(outside, { recursive: true, force: true });
});

const submit = (prompt: string, workspace: string) =>
  create(stack, `${prefix}/opencode/tasks`, {
    type: "opencode",
    payload: { action: "prompt", prompt, context: { workspace_id: workspace } },
  });

const approvals = z.object({ approvals: z.array(approval) });

/** What the task asks, once it waits. */
async function asked(taskId: string): Promise<Approval> {
  return await eventually(
    async () => {
      const { body } = await ask(
        stack,
        `${prefix}/approvals?q=${encodeURIComponent(`status:open task:${taskId}`)}`,
      );
      return approvals.parse(body).approvals[0] ?? false;
    },
    { deadlineMs: 90_000 },
  );
}

const decide = (id: string, body: Record<string, unknown>) =>
  ask(stack, `${prefix}/approvals/${id}`, { body });
const ended = (id: string): Promise<Task> => stack.client.waitForTask(id, { timeoutMs: 110_000 });

test("SIGKILL of the worker that asked: it is answered over HTTP meanwhile, and what was allowed is done, once", async () => {
  const target = join(outside, "allowed.txt");
  const id = await submit(
    `run echo before >> log.txt\nwrite ${target}: yes\nrun echo after >> log.txt`,
    "ws-asks",
  );
  const question = await asked(id);
  expect(question).toMatchObject({
    kind: "permission",
    task_id: id,
    workspace_id: "ws-asks",
    message: expect.stringContaining(outside),
    data: { permission: "external_directory" },
  });
  stack.service("opencode-worker").kill("SIGKILL");
  expect(await decide(question.id, { decision: "allow" })).toMatchObject({ status: 200 });
  expect(await decide(question.id, { decision: "deny" })).toMatchObject({
    status: 409,
    body: { code: "already_decided" },
  });
  const task = await ended(id);
  expect(task).toMatchObject({ status: "completed", attempt: 1 });
  expect(await readFile(target, "utf8")).toBe("yes\n");
  expect(await readFile(join(stack.workspacesDir, "ws-asks", "log.txt"), "utf8")).toBe("before\nafter\n");
  expect(task.result?.output).toMatchObject({ session_id: question.data["session_id"] });
});

test("a question is answered in words, and the model goes on with the answer", async () => {
  const id = await submit("ask Which colour? | Red | Blue\nwrite colour.txt: chosen", "ws-asks");
  const question = await asked(id);
  expect(question).toMatchObject({ kind: "question", message: expect.stringContaining("Which colour?") });
  await decide(question.id, { decision: "allow", comment: "A warm green" });
  expect(await ended(id)).toMatchObject({
    status: "completed",
    result: { output: { summary: expect.stringContaining("A warm green") } },
  });
});

test("what nobody answers is denied at its deadline: the task ends by its own code, and its workspace is free", async () => {
  const target = join(outside, "denied.txt");
  const id = await submit(`write ${target}: no`, "ws-asks");
  const question = await asked(id);
  const span = Date.parse(question.deadline) - Date.parse(question.requested_at);
  expect(Math.round(span / 1000)).toBe(askSeconds);
  const task = await ended(id);
  expect(task).toMatchObject({
    status: "failed",
    error: { code: "approval_expired", message: expect.stringContaining(outside) },
  });
  expect(await decide(question.id, { decision: "allow" })).toMatchObject({
    status: 409,
    body: { code: "approval_expired" },
  });
  await expect(readFile(target)).rejects.toMatchObject({ code: "ENOENT" });
  const next = await ended(await submit("write next.txt: next", "ws-asks"));
  expect(next).toMatchObject({ status: "completed" });
});
