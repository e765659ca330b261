import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { task } from "../task.ts";

export const taskParams = z.object({ task_id: z.string().max(128) });
export const waitQuery = z.object({
  wait: z.coerce
    .number()
    .min(0)
    .max(60)
    .optional()
    .describe("Answer early when it is final, at most this many seconds later."),
});

export const getTask = defineOperation({
  id: "get_task",
  method: "get",
  path: `${basePath}/tasks/{task_id}`,
  summary: "Read a task",
  tag: "Tasks",
  requires: "task:read",
  params: taskParams,
  query: waitQuery,
  responses: { 200: { description: "The task.", schema: task } },
});
