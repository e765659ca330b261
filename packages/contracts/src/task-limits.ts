/**
 * How often a task is tried, how long each part of it may take and how much it may use: what a submission and a step may ask for, what an agent
 * and an action have as defaults, and what comes out for one task.
 */
import { z } from "zod";
import { type TaskBudget, taskBudget } from "./task-budget.ts";

/** Waiting between attempts: `initial_ms`, times `factor` for each attempt more, never above `cap_ms`; full jitter below that. */
export const backoff = z.object({
  initial_ms: z.number().int().min(1).max(3_600_000),
  cap_ms: z.number().int().min(1).max(86_400_000),
  factor: z.number().min(1).max(10),
});
export type Backoff = z.infer<typeof backoff>;

export const defaultBackoff: Backoff = { initial_ms: 1_000, cap_ms: 300_000, factor: 2 };

const seconds = z.number().min(1).max(86_400);
const longSeconds = z.number().min(1).max(31_536_000);

/** The fields of a submission and of a step that bound attempts and time. */
export const taskLimitFields = {
  max_attempts: z.number().int().min(1).max(20).optional(),
  backoff: z
    .strictObject(backoff.shape)
    .partial()
    .optional()
    .describe("Between attempts; full jitter below the bound."),
  timeout_seconds: seconds.optional().describe("Of one attempt."),
  start_timeout_seconds: longSeconds
    .optional()
    .describe("From when it is ready until a worker takes it; else it fails with start_timed_out."),
  heartbeat_timeout_seconds: seconds
    .optional()
    .describe(
      "How long its agent may be silent within an attempt; then heartbeat_timed_out, which is tried again.",
    ),
  total_timeout_seconds: longSeconds
    .optional()
    .describe("From when it is ready to its end, all attempts and waits included; else total_timed_out."),
  budget: taskBudget
    .optional()
    .describe("Of all attempts together; when it is used up the task fails with budget_exceeded."),
};
const taskLimits = z.object(taskLimitFields);
export type TaskLimits = z.infer<typeof taskLimits>;

/** What an agent or one of its actions gives where a task asks for nothing. */
export interface TaskDefaults {
  readonly maxAttempts: number;
  /** Of one attempt. */
  readonly timeoutSeconds: number;
  readonly backoff?: Partial<Backoff>;
  readonly startTimeoutSeconds?: number;
  readonly heartbeatTimeoutSeconds?: number;
  readonly totalTimeoutSeconds?: number;
}

/** What holds for one task. Null: no limit. */
export interface TaskPolicy {
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly timeoutSeconds: number;
  readonly startTimeoutSeconds: number | null;
  readonly heartbeatTimeoutSeconds: number | null;
  readonly totalTimeoutSeconds: number | null;
  readonly budget: TaskBudget | null;
}

/** @param defaults of the agent, with those of the action over them */
export function taskPolicy(defaults: TaskDefaults, asked: TaskLimits): TaskPolicy {
  return {
    maxAttempts: asked.max_attempts ?? defaults.maxAttempts,
    backoff: {
      initial_ms: asked.backoff?.initial_ms ?? defaults.backoff?.initial_ms ?? defaultBackoff.initial_ms,
      cap_ms: asked.backoff?.cap_ms ?? defaults.backoff?.cap_ms ?? defaultBackoff.cap_ms,
      factor: asked.backoff?.factor ?? defaults.backoff?.factor ?? defaultBackoff.factor,
    },
    timeoutSeconds: asked.timeout_seconds ?? defaults.timeoutSeconds,
    startTimeoutSeconds: asked.start_timeout_seconds ?? defaults.startTimeoutSeconds ?? null,
    heartbeatTimeoutSeconds: asked.heartbeat_timeout_seconds ?? defaults.heartbeatTimeoutSeconds ?? null,
    totalTimeoutSeconds: asked.total_timeout_seconds ?? defaults.totalTimeoutSeconds ?? null,
    budget: asked.budget ?? null,
  };
}
