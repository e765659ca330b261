/** Every action of OpenCode with every bad input: a clear error with its code, in time, and nothing changed. */
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openCodeActions } from "@drover/contracts";
import { type Stack, startStack } from "@drover/embedded";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ask, create, prefix } from "./api.ts";

const workspace = "ws-bad-inputs";
const actions = Object.keys(openCodeActions);
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  const folder = join(stack.workspacesDir, workspace);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "kept.txt"), "as it was\n");
  await writeFile(join(stack.workspacesDir, "secret.txt"), "not for agents\n");
  await symlink(join(stack.workspacesDir, "secret.txt"), join(folder, "link.txt"));
  await symlink(stack.workspacesDir, join(folder, "out"));
});
afterAll(() => stack[Symbol.asyncDispose]());

const everything = async () => ({
  workspaces: (await readdir(stack.workspacesDir)).sort(),
  files: (await readdir(join(stack.workspacesDir, workspace))).sort(),
  kept: await readFile(join(stack.workspacesDir, workspace, "kept.txt"), "utf8"),
  secret: await readFile(join(stack.workspacesDir, "secret.txt"), "utf8"),
});

interface Bad {
  readonly workspace?: string;
  readonly payload?: object;
  readonly context?: object;
}

const submission = (action: string, bad: Bad) => ({
  type: "opencode",
  payload: {
    action,
    prompt: "write kept.txt: changed",
    ...bad.payload,
    context: { workspace_id: bad.workspace ?? workspace, ...bad.context },
  },
});

/** Refused at the door: which field, and why. */
const refused: Record<string, Bad & { readonly field: string; readonly detail: string }> = {
  "a path that climbs out": {
    context: { file_path: "../secret.txt" },
    field: "payload.context.file_path",
    detail: "must stay inside the workspace",
  },
  "an absolute path": {
    context: { files: ["kept.txt", "/etc/passwd"] },
    field: "payload.context.files[1]",
    detail: "must be a relative path",
  },
  "a workspace that is a path": {
    workspace: "../other",
    field: "payload.context.workspace_id",
    detail: "must be letters",
  },
  "a session that can be none": {
    payload: { session_id: "latest" },
    field: "payload.session_id",
    detail: "must be a session id",
  },
  "a model that is no name": { payload: { model: 5 }, field: "payload.model", detail: "expected string" },
  "a field that does not exist": {
    payload: { colour: "red" },
    field: "payload.colour",
    detail: "not a known field",
  },
};

test.each(Object.entries(refused))(
  "%s is refused by every action, with the field and the reason",
  async (_, bad) => {
    const before = await everything();
    const faults = z.object({
      code: z.string(),
      validations: z.array(z.object({ field: z.string(), detail: z.string() })),
    });
    for (const action of actions) {
      const answer = await ask(stack, `${prefix}/opencode/tasks`, { body: submission(action, bad) });
      expect(answer.status).toBe(400);
      const { code, validations } = faults.parse(answer.body);
      expect(code).toBe("validation_failed");
      expect(validations).toContainEqual({ field: bad.field, detail: expect.stringContaining(bad.detail) });
    }
    expect(await everything()).toEqual(before);
  },
);

/** Known only where the workspace is: the task fails for good in its first attempt. */
const failing: Record<string, Bad & { readonly code: string; readonly message: string }> = {
  "a workspace that nobody has": {
    workspace: "nobody-has-this",
    code: "workspace_not_found",
    message: "has no folder",
  },
  "a model that is not served": {
    payload: { model: "gpt-forbidden" },
    code: "model_rejected",
    message: 'no model "gpt-forbidden"',
  },
  "a session that is not there": {
    payload: { session_id: "ses_0000000000000000000000000000" },
    code: "invalid_payload",
    message: "does not exist in this folder",
  },
  "a file that is a link out of the workspace": {
    context: { file_path: "link.txt" },
    code: "workspace_not_allowed",
    message: "link.txt leads out of the workspace",
  },
  "a file behind a folder that is a link out": {
    context: { files: ["kept.txt", "out/new.txt"] },
    code: "workspace_not_allowed",
    message: "out/new.txt leads out of the workspace",
  },
};

test.each(Object.entries(failing))(
  "%s ends every action in its code, and changes nothing",
  async (_, bad) => {
    const before = await everything();
    const ids = await Promise.all(
      actions.map((action) => create(stack, `${prefix}/opencode/tasks`, submission(action, bad))),
    );
    const tasks = await Promise.all(ids.map((id) => stack.client.waitForTask(id, { timeoutMs: 100_000 })));
    for (const task of tasks)
      expect(task).toMatchObject({
        status: "failed",
        attempt: 1,
        result: null,
        error: { code: bad.code, message: expect.stringContaining(bad.message), retryable: false },
      });
    expect(await everything()).toEqual(before);
  },
);
