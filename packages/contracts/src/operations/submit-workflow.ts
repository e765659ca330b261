import { basePath, defineOperation, largeBodyBytesMax } from "../define-operation.ts";
import { workflowSubmission } from "../template.ts";
import { workflow } from "../workflow.ts";

export const submitWorkflow = defineOperation({
  id: "submit_workflow",
  method: "post",
  path: `${basePath}/agentzero/workflows`,
  summary: "Run a workflow, or a template with its inputs",
  tag: "Agent-Zero",
  requires: "workflow:create",
  body: workflowSubmission,
  bodyBytesMax: largeBodyBytesMax,
  idempotent: true,
  responses: {
    202: { description: "Accepted.", schema: workflow, headers: { Location: "Where the run is found." } },
  },
  errors: ["agent_unavailable", "queue_full", "quota_exceeded"],
});
