/** An agent at work on files, cut off with its worker: it goes on where it stood, and does nothing twice. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Stack, startStack } from "@drover/embedded";
import { afterAll, beforeAll, expect, test } from "vitest";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ serviceEnvironment: { "*": { DROVER_LOCK_SECONDS: "5" } } });
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
});

test("SIGKILL of a worker between edits: the task completes in the same session, and each edit is made once", async () => {
  const { client } = stack;
  const file = (name: string) => join(stack.workspacesDir, "ws-edits", name);
  const prompt = [
    "run echo one >> log.txt",
    "write first.txt: 1",
    "run test -e go.txt || sleep 600",
    "run echo two >> log.txt",
    "write second.txt: 2",
  ].join("\n");
  const submitted = await client.submitTask({
    type: "opencode",
    workspace_id: "ws-edits",
    payload: { action: "prompt", prompt },
  });
  const sessions = new Set<unknown>();
  for await (const { type, data } of client.taskEvents(submitted.id)) {
    if (type !== "task.progress") continue;
    if (data["session_id"] !== undefined) sessions.add(data["session_id"]);
    const command = Object(data["input"])["command"];
    if (data["state"] === "running" && String(command).startsWith("test -e go.txt")) break;
  }
  await writeFile(file("go.txt"), "");
  stack.service("opencode-worker").kill("SIGKILL");
  const task = await client.waitForTask(submitted.id, { timeoutMs: 200_000 });
  expect(task, task.error?.message).toMatchObject({ status: "completed" });
  expect(await readFile(file("log.txt"), "utf8")).toBe("one\ntwo\n");
  const output = Object(task.result?.output);
  expect(sessions).toEqual(new Set([output.session_id]));
  expect(output.files).toMatchObject(
    ["first.txt", "go.txt", "log.txt", "second.txt"].map((path) => ({ path, status: "added" })),
  );
});
