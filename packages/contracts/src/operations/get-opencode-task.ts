import { basePath, defineOperation } from "../define-operation.ts";
import { task } from "../task.ts";
import { taskParams, waitQuery } from "./get-task.ts";

export const getOpenCodeTask = defineOperation({
  id: "get_opencode_task",
  method: "get",
  path: `${basePath}/opencode/tasks/{task_id}`,
  summary: "Read an OpenCode task",
  tag: "OpenCode",
  requires: "task:read",
  params: taskParams,
  query: waitQuery,
  responses: { 200: { description: "The task.", schema: task } },
});
