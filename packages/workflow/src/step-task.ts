/** A step of a run as a task: its id follows from run and step, so adding it twice is adding it once. */
import { agentNamed, deriveId, policyOf, type WorkflowStep } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import type { NewTask } from "@drover/queue";
import type { RunSpec } from "./run-row.ts";

export function stepTaskId(runId: string, stepId: string): string {
  return deriveId("task", runId, stepId);
}

/** @param traceparent the run's own span, parent of the step's */
export function stepTask(run: RunSpec, step: WorkflowStep, traceparent: string | null): NewTask {
  const agent = agentNamed(step.agent);
  if (agent === undefined) throw new PermanentFailure("invalid_payload", `there is no agent "${step.agent}"`);
  return {
    id: stepTaskId(run.id, step.id),
    agent: agent.name,
    type: agent.supports[0] ?? agent.name,
    payload: { ...step.parameters, action: step.task },
    organizationId: run.organization_id,
    workspaceId: run.workspace_id,
    priority: run.priority,
    ...policyOf(agent, step.task, step),
    delaySeconds: 0,
    labels: run.labels,
    createdBy: run.created_by,
    traceparent,
    step: { workflowId: run.id, stepId: step.id },
  };
}
