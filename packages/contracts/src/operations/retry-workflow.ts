import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { stepId, workflow } from "../workflow.ts";
import { workflowParams } from "./get-workflow.ts";

export const retryWorkflow = defineOperation({
  id: "retry_workflow",
  method: "post",
  path: `${basePath}/agentzero/workflows/{workflow_id}/retry`,
  summary: "Run again what failed or was blocked, or a step and all that depends on it",
  tag: "Agent-Zero",
  requires: "workflow:update",
  params: workflowParams,
  body: z.strictObject({ from_step: stepId.optional() }).optional(),
  responses: { 202: { description: "The run goes on.", schema: workflow } },
  errors: ["conflict"],
});
