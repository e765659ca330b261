import { basePath, defineOperation } from "../define-operation.ts";
import { workflow } from "../workflow.ts";
import { workflowParams } from "./get-workflow.ts";

export const pauseWorkflow = defineOperation({
  id: "pause_workflow",
  method: "post",
  path: `${basePath}/agentzero/workflows/{workflow_id}/pause`,
  summary: "Pause a run: what runs goes on, nothing new starts",
  tag: "Agent-Zero",
  requires: "workflow:update",
  params: workflowParams,
  responses: { 202: { description: "The run as it stands now.", schema: workflow } },
  errors: ["already_final", "conflict"],
});
