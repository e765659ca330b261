import { retryWorkflow } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findRun } from "./find-workflow.ts";

export const retryWorkflowRoute = answering(retryWorkflow)(async (services, { params, body, principal }) => {
  const run = await findRun(services, principal, "workflow:update", params.workflow_id);
  return { status: 202, body: await services.runs.retry(run.id, body?.from_step ?? null, principal.id) };
});
