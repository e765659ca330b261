import { basePath, submitWorkflow } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { checkWorkflow } from "../../submission/check-workflow.ts";
import { requireAgents } from "../../submission/require-agents.ts";

export const submitWorkflowRoute = answering(submitWorkflow)(async (services, { body, principal, ids }) => {
  const run = checkWorkflow(principal, body, ids.make("workflow", "run"));
  await requireAgents(
    services.registry,
    body.steps.map((step) => step.agent),
  );
  const workflow = await services.runs.submit(run);
  return {
    status: 202,
    body: workflow,
    headers: { Location: `${basePath}/agentzero/workflows/${workflow.id}` },
  };
});
