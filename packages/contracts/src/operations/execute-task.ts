import { basePath, defineOperation } from "../define-operation.ts";
import { task, taskSubmission } from "../task.ts";

export const executeTask = defineOperation({
  id: "execute_task",
  method: "post",
  path: `${basePath}/execute`,
  summary: "Submit a task to the agent that supports its type",
  tag: "Tasks",
  requires: "task:create",
  body: taskSubmission,
  idempotent: true,
  responses: {
    202: { description: "Accepted.", schema: task, headers: { Location: "Where the task is found." } },
  },
  errors: ["unsupported_type", "agent_unavailable", "queue_full", "quota_exceeded"],
});
