/** The task as its agent sees it: for a step, with what its run and its dependencies say. */
import { RetryableFailure } from "@drover/errors";
import type { Store, TaskClaim } from "@drover/queue";
import { type RunEngine, readDependencies } from "@drover/workflow";
import type { AgentStep, AgentTask } from "./agent.ts";

export async function agentTask(
  store: Store,
  claim: TaskClaim,
  specs: RunEngine["specs"],
): Promise<AgentTask> {
  const { spec } = claim;
  return {
    id: spec.id,
    type: spec.type,
    payload: spec.payload,
    organizationId: spec.organization_id,
    workspaceId: spec.workspace_id,
    attempt: claim.attempt,
    maxAttempts: spec.max_attempts,
    delivery: claim.delivery,
    step: await stepOf(store, claim, specs),
  };
}

async function stepOf(store: Store, claim: TaskClaim, specs: RunEngine["specs"]): Promise<AgentStep | null> {
  const { workflow_id, step_id } = claim.spec;
  if (workflow_id === null || step_id === null) return null;
  const run = await specs.get(claim.shard, workflow_id);
  if (run === null) throw new RetryableFailure("internal", "The run of this step is not in the ledger.");
  return {
    workflowId: workflow_id,
    workflowName: run.spec.definition.name,
    workflowDescription: run.spec.definition.description ?? null,
    stepId: step_id,
    stepName: run.steps.get(step_id)?.name ?? step_id,
    inputs: run.spec.definition.inputs ?? {},
    dependencies: await readDependencies(store, claim.shard, run, step_id),
  };
}
