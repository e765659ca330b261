import { pauseWorkflow } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findRun } from "./find-workflow.ts";

export const pauseWorkflowRoute = answering(pauseWorkflow)(async (services, { params, principal }) => {
  const run = await findRun(services, principal, "workflow:update", params.workflow_id);
  return { status: 202, body: await services.runs.pause(run.id, principal.id) };
});
