import { basePath, defineOperation } from "../define-operation.ts";
import { workflow } from "../workflow.ts";
import { workflowParams } from "./get-workflow.ts";

export const cancelWorkflow = defineOperation({
  id: "cancel_workflow",
  method: "post",
  path: `${basePath}/agentzero/workflows/{workflow_id}/cancel`,
  summary: "Cancel a run and all its steps",
  tag: "Agent-Zero",
  requires: "workflow:update",
  params: workflowParams,
  responses: {
    202: { description: "The cancel is recorded and on its way to every step.", schema: workflow },
  },
  errors: ["already_final"],
});
