import { composeRequest, composeStarted, plan } from "../composition.ts";
import { basePath, defineOperation } from "../define-operation.ts";

export const composeWorkflow = defineOperation({
  id: "compose_workflow",
  method: "post",
  path: `${basePath}/agentzero/compose`,
  summary: "Turn a goal into a workflow, and run it if asked",
  tag: "Agent-Zero",
  requires: "workflow:create",
  body: composeRequest,
  idempotent: true,
  responses: {
    200: { description: "The plan.", schema: plan },
    202: { description: "The plan, and the run that was started.", schema: composeStarted },
  },
  errors: ["planning_failed", "planning_timeout", "agent_unavailable", "queue_full", "quota_exceeded"],
});
