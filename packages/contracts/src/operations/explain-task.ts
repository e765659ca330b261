import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { taskStatus } from "../task.ts";
import { whyReason } from "../why-reason.ts";
import { taskParams } from "./get-task.ts";

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
