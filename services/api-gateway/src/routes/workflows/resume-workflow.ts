import { resumeWorkflow } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findRun } from "./find-workflow.ts";

export const resumeWorkflowRoute = answering(resumeWorkflow)(async (services, { params, principal }) => {
  const run = await findRun(services, principal, "workflow:update", params.workflow_id);
  return { status: 202, body: await services.runs.resume(run.id, principal.id) };
});
