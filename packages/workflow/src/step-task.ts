/** An instance of a step as a task: its id follows from run and instance, so adding it twice is adding it once. */
import {
  deriveId,
  policyOf,
  type StepFallback,
  stepAgentNamed,
  type WorkflowStep,
  worksApart,
} from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import type { NewTask } from "@drover/queue";
import type { RunSpec } from "./run-row.ts";
import { instanceId, type StepInstance } from "./step-instance.ts";

/** @param instance its id, e.g. `deploy` or `deploy[3].fallback` */
export function stepTaskId(runId: string, instance: string): string {
  return deriveId("task", runId, instance);
}

/** What the instance does: the step's own work, or that of its fallback. */
export function workOf(step: WorkflowStep, instance: StepInstance): StepFallback {
  return instance.fallback && step.fallback !== undefined ? step.fallback : step;
}

/** @param traceparent the run's own span, parent of the step's */
export function stepTask(
  run: RunSpec,
  step: WorkflowStep,
  instance: StepInstance,
  traceparent: string | null,
): NewTask {
  const work = workOf(step, instance);
  const agent = stepAgentNamed(work.agent);
  if (agent === undefined) throw new PermanentFailure("invalid_payload", `there is no agent "${work.agent}"`);
  const id = instanceId(instance);
  // A fallback has attempts of its own, and the step's times.
  const policy = policyOf(agent, work.task, instance.fallback ? { ...step, max_attempts: undefined } : step);
  const isLast = instance.fallback || step.fallback === undefined;
  return {
    id: stepTaskId(run.id, id),
    agent: agent.name,
    type: agent.supports[0] ?? agent.name,
    payload: { ...work.parameters, action: work.task },
    organizationId: run.organization_id,
    workspaceId: run.workspace_id,
    priority: run.priority,
    ...policy,
    budget: agent.heedsBudget === true ? policy.budget : null,
    delaySeconds: 0,
    labels: run.labels,
    createdBy: run.created_by,
    traceparent,
    apart: worksApart(agent, work.parameters ?? {}),
    step: { workflowId: run.id, stepId: id },
    // What a fallback takes over is no loss, and what nobody can redrive is no letter.
    deadLetter: isLast && agent.name !== "control",
  };
}
