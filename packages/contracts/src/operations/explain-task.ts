import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { timestamp } from "../names.ts";
import { taskStatus } from "../task.ts";
import { taskParams } from "./get-task.ts";

export const whyReason = z.object({
  code: z.enum([
    "final",
    "running",
    "queued_behind",
    "delayed_until",
    "no_free_slot",
    "no_live_worker",
    "agent_unavailable",
    "circuit_open",
    "queue_paused",
    "cancel_requested",
  ]),
  message: z.string(),
  until: timestamp.optional(),
  ref: z.string().optional(),
});
export type WhyReason = z.infer<typeof whyReason>;

export const explainTask = defineOperation({
  id: "explain_task",
  method: "get",
  path: `${basePath}/tasks/{task_id}/why`,
  summary: "Say what a task is waiting for",
  tag: "Tasks",
  requires: "task:read",
  params: taskParams,
  responses: {
    200: {
      description: "Its status and every reason for it.",
      schema: z.object({ status: taskStatus, reasons: z.array(whyReason) }),
    },
  },
});
