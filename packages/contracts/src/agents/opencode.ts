/** The `opencode` agent: code work in a workspace, done by a real OpenCode server. */
import { z } from "zod";
import { workspaceId } from "../names.ts";
import type { ActionDescriptor, AgentDescriptor } from "./agent-descriptor.ts";

/** A path inside the workspace: relative, without a way out. */
export const workspacePath = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (path) => !path.startsWith("/") && !path.includes("\\") && !path.includes("\0"),
    "must be a relative path",
  )
  .refine((path) => !path.split("/").includes(".."), "must stay inside the workspace");

export const openCodeContext = z.strictObject({
  workspace_id: workspaceId.optional(),
  file_path: workspacePath.optional(),
  files: z.array(workspacePath).max(1000).optional(),
});

const promptText = z
  .string()
  .min(1)
  .max(512 * 1024);

const fields = z.strictObject({
  prompt: promptText.optional(),
  language: z.string().min(1).max(64).optional(),
  model: z.string().min(1).max(256).optional(),
  agent_mode: z.enum(["build", "plan"]).optional(),
  /** `shared`: on the workspace's own files, one task after another; `worktree`: in a work tree and branch of its own. */
  isolation: z.enum(["shared", "worktree"]).optional(),
  session_id: z
    .string()
    .regex(/^ses_[A-Za-z0-9]+$/, "must be a session id like ses_…")
    .optional(),
  context: openCodeContext.optional(),
});
const promptRequired = fields.extend({ prompt: promptText });

const action = (description: string): ActionDescriptor => ({ description, payload: fields });

export const openCodeActions = {
  generate_code: action("Write code for a described purpose."),
  generate_api: action("Write an HTTP API with what is needed to build and deploy it."),
  generate_ui: action("Write a user interface for what the workspace holds."),
  edit: action("Change files as described."),
  refactor: action("Restructure code without changing what it does."),
  fix: action("Find and mend a fault."),
  explain: action("Explain code; changes nothing."),
  review: action("Review code; changes nothing."),
  test: action("Write or mend tests."),
  prompt: { description: "Give the agent a prompt as it stands.", payload: promptRequired },
} as const satisfies Record<string, ActionDescriptor>;

export type OpenCodeAction = keyof typeof openCodeActions;

export const openCodePayload = fields.extend({
  action: z.enum(Object.keys(openCodeActions) as OpenCodeAction[]),
});
export type OpenCodePayload = z.infer<typeof openCodePayload>;

/** What a task with `isolation: "worktree"` adds. */
const worktreeOutput = z.object({
  /** Holds what was done; absent where nothing was changed. */
  branch: z.string(),
  /** The commit that it began from. */
  base: z.string(),
  /** Whether the branch merges into what the workspace's HEAD was at the end of the task. */
  merge: z.object({ clean: z.boolean(), conflicts: z.array(z.string()) }),
  /** Unmerged branches of other tasks, with which it does not merge cleanly. */
  conflicts_with: z.array(z.string()),
});

export const openCodeOutput = z.object({
  summary: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      status: z.enum(["added", "modified", "deleted"]),
      additions: z.number().int(),
      deletions: z.number().int(),
      patch: z.string(),
    }),
  ),
  session_id: z.string(),
  ...worktreeOutput.partial().shape,
});
export type OpenCodeOutput = z.infer<typeof openCodeOutput>;

export const openCode = {
  name: "opencode",
  version: "1.0.0",
  description: "Works on code inside one workspace, by OpenCode.",
  supports: ["opencode"],
  actions: openCodeActions,
  workspace: "required",
  usesModel: true,
  heedsBudget: true,
  apart: { field: "isolation", value: "worktree" },
  defaults: { maxAttempts: 3, timeoutSeconds: 1800 },
} as const satisfies AgentDescriptor;
