import { explainWorkflow } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { stepReasons, workflowReasons } from "../../explain/workflow-reasons.ts";
import { answering } from "../../routing/route.ts";
import { findRun } from "./find-workflow.ts";

export const explainWorkflowRoute = answering(explainWorkflow)(async (services, { params, principal }) => {
  const { id } = await findRun(services, principal, "workflow:read", params.workflow_id);
  const [located, run] = await Promise.all([services.runs.locate(id), services.runs.find(id)]);
  if (located === null || run === null) throw new DroverError("not_found");
  const reasons = workflowReasons(run, located.row);
  const { steps, count } = await stepReasons(services, run, reasons);
  return { status: 200, body: { status: run.status, reasons, steps, count } };
});
