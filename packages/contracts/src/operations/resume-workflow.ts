import { basePath, defineOperation } from "../define-operation.ts";
import { workflow } from "../workflow.ts";
import { workflowParams } from "./get-workflow.ts";

export const resumeWorkflow = defineOperation({
  id: "resume_workflow",
  method: "post",
  path: `${basePath}/agentzero/workflows/{workflow_id}/resume`,
  summary: "Resume a paused run",
  tag: "Agent-Zero",
  requires: "workflow:update",
  params: workflowParams,
  responses: { 202: { description: "The run as it stands now.", schema: workflow } },
  errors: ["already_final"],
});
