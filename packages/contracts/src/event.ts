/** What happened to a task, a step or a run: stored first, then shown, replayable from any id. */
import { z } from "zod";
import { timestamp } from "./names.ts";

export const eventTypes = [
  "task.queued",
  "task.started",
  "task.progress",
  "task.output",
  "task.approval_requested",
  "task.approval_decided",
  "task.parked",
  "task.retrying",
  "task.completed",
  "task.failed",
  "task.cancelled",
  "step.queued",
  "step.started",
  "step.progress",
  "step.output",
  "step.approval_requested",
  "step.approval_decided",
  "step.parked",
  "step.retrying",
  "step.completed",
  "step.failed",
  "step.cancelled",
  "workflow.queued",
  "workflow.started",
  "workflow.paused",
  "workflow.resumed",
  "workflow.completed",
  "workflow.failed",
  "workflow.cancelled",
] as const;
export const eventType = z.enum(eventTypes);
export type EventType = z.infer<typeof eventType>;

export const event = z.object({
  /** Position in its stream; resume after it with `Last-Event-ID` or `?after=`. */
  id: z.string().regex(/^\d+-\d+$/),
  type: eventType,
  time: timestamp,
  task_id: z.string().optional(),
  workflow_id: z.string().optional(),
  step_id: z.string().optional(),
  data: z.record(z.string(), z.unknown()),
});
export type Event = z.infer<typeof event>;
