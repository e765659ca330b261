import { basePath, defineOperation } from "../define-operation.ts";
import { task } from "../task.ts";
import { taskParams } from "./get-task.ts";

export const cancelTask = defineOperation({
  id: "cancel_task",
  method: "post",
  path: `${basePath}/tasks/{task_id}/cancel`,
  summary: "Cancel a task",
  tag: "Tasks",
  requires: "task:update",
  params: taskParams,
  responses: { 202: { description: "The cancel is recorded and on its way to the agent.", schema: task } },
  errors: ["already_final"],
});
