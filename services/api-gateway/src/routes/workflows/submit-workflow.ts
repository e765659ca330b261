import { basePath, submitWorkflow } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { checkWorkflow } from "../../submission/check-workflow.ts";
import { requireRoom } from "../../submission/require-room.ts";

export const submitWorkflowRoute = answering(submitWorkflow)(async (services, { body, principal, ids }) => {
  const run = checkWorkflow(principal, body, ids.make("workflow", "run"));
  await services.agentGate.require(body.steps.map((step) => step.agent));
  const tenant = { organizationId: run.organizationId, workspaceId: run.definition.workspace_id ?? null };
  await requireRoom(
    services,
    tenant,
    body.steps.map((step) => step.agent),
  );
  const workflow = await services.runs.submit(run);
  return {
    status: 202,
    body: workflow,
    headers: { Location: `${basePath}/agentzero/workflows/${workflow.id}` },
  };
});
