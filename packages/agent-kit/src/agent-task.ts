/** The task as its agent sees it: for a step, with its parameters resolved and what its run and its dependencies say. */
import { type AgentDescriptor, type Payload, payloadFaults } from "@drover/contracts";
import { PermanentFailure, RetryableFailure } from "@drover/errors";
import type { Store, TaskClaim } from "@drover/queue";
import {
  dependencyIds,
  type KnownRun,
  parseInstanceId,
  type RunEngine,
  readDependencies,
  resolveParameters,
} from "@drover/workflow";
import type { AgentStep, AgentTask } from "./agent.ts";

/** @throws PermanentFailure expression_failed, invalid_payload */
export async function agentTask(
  store: Store,
  claim: TaskClaim,
  specs: RunEngine["specs"],
  descriptor: AgentDescriptor,
): Promise<AgentTask> {
  const { spec } = claim;
  const step = await stepOf(store, claim, specs);
  return {
    id: spec.id,
    type: spec.type,
    payload: step === null ? spec.payload : await payloadOf(store, claim, step.run, descriptor),
    organizationId: spec.organization_id,
    workspaceId: spec.workspace_id,
    attempt: claim.attempt,
    maxAttempts: spec.max_attempts,
    delivery: claim.delivery,
    checkpoint: await claim.checkpoint(),
    step: step?.view ?? null,
  };
}

async function stepOf(
  store: Store,
  claim: TaskClaim,
  specs: RunEngine["specs"],
): Promise<{ run: KnownRun; view: AgentStep } | null> {
  const { workflow_id, step_id } = claim.spec;
  if (workflow_id === null || step_id === null) return null;
  const run = await specs.get(claim.shard, workflow_id);
  if (run === null) throw new RetryableFailure("internal", "The run of this step is not in the ledger.");
  const { stepId } = parseInstanceId(step_id) ?? { stepId: step_id };
  const view: AgentStep = {
    workflowId: workflow_id,
    workflowName: run.spec.definition.name,
    workflowDescription: run.spec.definition.description ?? null,
    stepId: step_id,
    stepName: run.steps.get(stepId)?.name ?? step_id,
    inputs: run.spec.definition.inputs ?? {},
    dependsOn: dependencyIds(run, stepId),
    dependencies: () => readDependencies(store, claim.shard, run, stepId),
  };
  return { run, view };
}

/** What the expressions came to is checked as a submission's payload is: nobody could check it before. */
async function payloadOf(
  store: Store,
  claim: TaskClaim,
  run: KnownRun,
  descriptor: AgentDescriptor,
): Promise<Payload> {
  const { spec } = claim;
  const instance = parseInstanceId(spec.step_id ?? "");
  const step = instance === null ? undefined : run.steps.get(instance.stepId);
  if (instance === null || step === undefined) return spec.payload;
  const resolved = await resolveParameters(store, claim.shard, run, step, instance);
  if (resolved === null) return spec.payload;
  const { action } = spec.payload;
  const faults = payloadFaults(descriptor, action, resolved, "parameters");
  if (faults.length > 0) {
    const named = faults.map(({ field, detail }) => `${field}: ${detail}`).join("; ");
    throw new PermanentFailure("invalid_payload", `The resolved parameters are not valid: ${named}`);
  }
  return { ...resolved, action };
}
