import { basePath, defineOperation } from "../define-operation.ts";
import { task, taskSubmission } from "../task.ts";

export const submitOpenCodeTask = defineOperation({
  id: "submit_opencode_task",
  method: "post",
  path: `${basePath}/opencode/tasks`,
  summary: "Submit a task to OpenCode",
  tag: "OpenCode",
  requires: "task:create",
  body: taskSubmission,
  idempotent: true,
  responses: {
    202: { description: "Accepted.", schema: task, headers: { Location: "Where the task is found." } },
  },
  errors: ["unsupported_type", "agent_unavailable", "queue_full", "quota_exceeded"],
});
