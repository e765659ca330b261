/** What was asked for: the part of a task that never changes, as the ledger keeps it. */
import {
  type Backoff,
  backoff,
  defaultBackoff,
  labels,
  payload,
  priority,
  type TaskBudget,
  taskBudget,
} from "@drover/contracts";
import { z } from "zod";

export const taskSpec = z.object({
  id: z.string(),
  agent: z.string(),
  type: z.string(),
  payload,
  organization_id: z.string(),
  workspace_id: z.string().nullable(),
  priority,
  max_attempts: z.number(),
  timeout_seconds: z.number(),
  // The defaults are for rows that an older version wrote.
  start_timeout_seconds: z.number().nullable().default(null),
  heartbeat_timeout_seconds: z.number().nullable().default(null),
  total_timeout_seconds: z.number().nullable().default(null),
  backoff: backoff.default(defaultBackoff),
  budget: taskBudget.nullable().default(null),
  workflow_id: z.string().nullable(),
  step_id: z.string().nullable(),
  created_by: z.string(),
  created_at: z.string(),
  labels,
  /** W3C trace context of the request that asked for it. */
  traceparent: z.string().nullable(),
  /** True: it works apart from the files of its workspace, so it takes no slot there and runs beside others. */
  apart: z.literal(true).optional(),
  /** False: a failure for good leaves no dead letter. */
  dead_letter: z.literal(false).optional(),
});
export type TaskSpec = z.infer<typeof taskSpec>;

/** A submission that has been validated and completed with its defaults. */
export interface NewTask {
  readonly id: string;
  readonly agent: string;
  readonly type: string;
  readonly payload: TaskSpec["payload"];
  readonly organizationId: string;
  readonly workspaceId: string | null;
  readonly priority: TaskSpec["priority"];
  readonly maxAttempts: number;
  /** Of one attempt. */
  readonly timeoutSeconds: number;
  /** Until a worker takes it, from when it is ready. Absent or null: no limit, as with the next two. */
  readonly startTimeoutSeconds?: number | null;
  /** How long its agent may be silent. */
  readonly heartbeatTimeoutSeconds?: number | null;
  /** Until it has ended, from when it is ready. */
  readonly totalTimeoutSeconds?: number | null;
  readonly backoff?: Backoff;
  /** What all its attempts together may use. Absent or null: no limit. */
  readonly budget?: TaskBudget | null;
  readonly delaySeconds: number;
  readonly labels: TaskSpec["labels"];
  readonly createdBy: string;
  readonly traceparent: string | null;
  /** Set when the task is a step of a run. */
  readonly step: { readonly workflowId: string; readonly stepId: string } | null;
  /** Whether it works apart from the files of its workspace, and so takes no slot there. Default: false. */
  readonly apart?: boolean;
  /** Whether a failure for good leaves a dead letter. Default: true. */
  readonly deadLetter?: boolean;
}

export function specOf(task: NewTask, createdAt: string): TaskSpec {
  return {
    id: task.id,
    agent: task.agent,
    type: task.type,
    payload: task.payload,
    organization_id: task.organizationId,
    workspace_id: task.workspaceId,
    priority: task.priority,
    max_attempts: task.maxAttempts,
    timeout_seconds: task.timeoutSeconds,
    start_timeout_seconds: task.startTimeoutSeconds ?? null,
    heartbeat_timeout_seconds: task.heartbeatTimeoutSeconds ?? null,
    total_timeout_seconds: task.totalTimeoutSeconds ?? null,
    backoff: task.backoff ?? defaultBackoff,
    budget: task.budget ?? null,
    workflow_id: task.step?.workflowId ?? null,
    step_id: task.step?.stepId ?? null,
    created_by: task.createdBy,
    created_at: createdAt,
    labels: task.labels,
    traceparent: task.traceparent,
    ...(task.apart === true ? { apart: true } : {}),
    ...(task.deadLetter === false ? { dead_letter: false } : {}),
  };
}

/** Who a task counts against in the fair share: its workspace, or its organization where it has none. */
export function tenantOf(organizationId: string, workspaceId: string | null): string {
  return workspaceId === null ? organizationId : `${organizationId}/${workspaceId}`;
}

/** The trace id within a `traceparent`. */
export function traceIdOf(traceparent: string | null): string | null {
  return traceparent?.split("-")[1] ?? null;
}
