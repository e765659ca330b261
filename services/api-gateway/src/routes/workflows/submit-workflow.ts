import { basePath, submitWorkflow } from "@drover/contracts";
import { requireRoom } from "@drover/queue";
import { answering } from "../../routing/route.ts";
import { checkWorkflow } from "../../submission/check-workflow.ts";
import { submittedWorkflow } from "../../submission/submitted-workflow.ts";

export const submitWorkflowRoute = answering(submitWorkflow)(async (services, { body, principal, ids }) => {
  const { definition, template } = await submittedWorkflow(services, principal, body);
  const run = checkWorkflow(principal, definition, ids.make("workflow", "run"));
  const agents = definition.steps.flatMap(({ agent, fallback }) =>
    fallback === undefined ? [agent] : [agent, fallback.agent],
  );
  await services.agentGate.require(agents);
  const tenant = { organizationId: run.organizationId, workspaceId: run.definition.workspace_id ?? null };
  await requireRoom(
    services,
    tenant,
    definition.steps.map((step) => step.agent),
  );
  const workflow = await services.runs.submit(template === null ? run : { ...run, template });
  return {
    status: 202,
    body: workflow,
    headers: { Location: `${basePath}/agentzero/workflows/${workflow.id}` },
  };
});
