/** A task: one unit of work for one agent, as the API shows it and takes it. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { labels, organizationId, secretName, timestamp, workspaceId } from "./names.ts";
import { taskBudget } from "./task-budget.ts";
import { backoff, taskLimitFields } from "./task-limits.ts";
import { usage } from "./usage.ts";

export const taskStatuses = [
  "queued",
  "delayed",
  "parked",
  "running",
  "waiting",
  "completed",
  "failed",
  "cancelled",
] as const;
export const taskStatus = z.enum(taskStatuses);
export type TaskStatus = z.infer<typeof taskStatus>;

export const finalStatuses = ["completed", "failed", "cancelled"] as const;
export type FinalStatus = (typeof finalStatuses)[number];

export function isFinal(status: string): status is FinalStatus {
  return (finalStatuses as readonly string[]).includes(status);
}

export const priority = z.enum(["urgent", "normal", "batch"]);
export type Priority = z.infer<typeof priority>;

/** What an agent produced beside its output. Inline content up to 256 KiB, else a reference. */
export const artifact = z.object({
  name: z.string().min(1).max(512),
  media_type: z.string(),
  size_bytes: z.number().int().min(0),
  content: z.string().optional(),
  url: z.string().optional(),
});
export type Artifact = z.infer<typeof artifact>;
export const artifactInlineBytesMax = 256 * 1024;

export const taskResult = z.object({
  output: z.unknown(),
  artifacts: z.array(artifact),
  usage: usage.optional(),
  truncated: z.literal(true).optional(),
});
export type TaskResult = z.infer<typeof taskResult>;

export const taskError = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  attempt: z.number().int(),
});
export type TaskError = z.infer<typeof taskError>;

export const payload = z.record(z.string(), z.unknown());
export type Payload = z.infer<typeof payload>;

export const task = z.object({
  id: idSchema("task"),
  agent: z.string(),
  type: z.string(),
  status: taskStatus,
  payload,
  organization_id: z.string(),
  workspace_id: z.string().nullable(),
  priority,
  attempt: z.number().int().min(0),
  max_attempts: z.number().int(),
  timeout_seconds: z.number(),
  start_timeout_seconds: z.number().nullable(),
  heartbeat_timeout_seconds: z.number().nullable(),
  total_timeout_seconds: z.number().nullable(),
  backoff,
  budget: taskBudget.nullable(),
  workflow_id: z.string().nullable(),
  step_id: z.string().nullable(),
  created_by: z.string(),
  trace_id: z.string().nullable(),
  labels,
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  /** Of one that failed: what was done until then, where its agent keeps that. */
  result: taskResult.nullable(),
  /** Of all its attempts, as far as it is known by now; null: nothing was counted. */
  usage: usage.nullable(),
  error: taskError.nullable(),
});
export type Task = z.infer<typeof task>;

/** The body of every call that submits a task. */
export const taskSubmission = z.strictObject({
  type: z.string().min(1).max(64),
  payload,
  agent: z.string().min(1).max(64).optional(),
  workspace_id: workspaceId.optional(),
  organization_id: organizationId.optional(),
  priority: priority.optional(),
  ...taskLimitFields,
  delay_seconds: z.number().min(0).max(31_536_000).optional(),
  labels: labels.optional(),
  secrets: z.array(secretName).max(64).optional(),
});
export type TaskSubmission = z.infer<typeof taskSubmission>;
