import { basePath, defineOperation } from "../define-operation.ts";
import { listOf, listQuery } from "../list-query.ts";
import { task } from "../task.ts";

/** Keys of `q` when listing tasks. */
export const taskSearchKeys = ["status", "agent", "type", "workspace", "organization", "workflow"] as const;

export const listTasks = defineOperation({
  id: "list_tasks",
  method: "get",
  path: `${basePath}/tasks`,
  summary: "List tasks, newest first",
  description: `Terms of q: ${taskSearchKeys.join(", ")}.`,
  tag: "Tasks",
  requires: "task:read",
  query: listQuery,
  responses: { 200: { description: "Tasks.", schema: listOf("tasks", task) } },
});
