import { cancelWorkflow } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findRun } from "./find-workflow.ts";

export const cancelWorkflowRoute = answering(cancelWorkflow)(async (services, { params, principal }) => {
  const run = await findRun(services, principal, "workflow:update", params.workflow_id);
  return { status: 202, body: await services.runs.cancel(run.id, principal.id) };
});
