/** Faults of what a step, or its fallback, asks an agent to do. */
import {
  type ActionDescriptor,
  type AgentDescriptor,
  budgetFaults,
  fieldPath,
  type StepFallback,
  stepAgentNamed,
  stepAgentNames,
  validationsOf,
  type WorkflowStep,
} from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { z } from "zod";
import { readParameters } from "../expressions/parameter-template.ts";
import { opaqueParameters } from "../expressions/step-parameters.ts";
import type { Findings } from "./mention.ts";

type Keys = readonly PropertyKey[];

/** @param root of the work, like `steps[2]` or `steps[2].fallback` */
export function checkWork(
  step: WorkflowStep,
  work: WorkflowStep | StepFallback,
  root: string,
  findings: Findings,
): void {
  const parameters = work.parameters ?? {};
  const { template, faults } = readParameters(parameters, opaqueParameters(work));
  const field = `${root}.parameters`;
  for (const { keys, fault } of faults) {
    findings.faults.push({ field: fieldPath(keys, field), detail: fault.message });
  }
  const place = work === step ? "work" : "fallback";
  for (const { path, expression } of template.expressions) {
    findings.mentions.push({ field: `${field}.${path}`, step, place, expression });
  }
  const open = [...template.expressions, ...faults].map(({ keys }) => keys);
  const agent = stepAgentNamed(work.agent);
  // A fallback by an agent that heeds none goes without.
  if (work === step && agent !== undefined)
    findings.faults.push(...budgetFaults(agent, step.budget, `${root}.budget`));
  findings.faults.push(...workspaceFaults(open, field), ...actionFaults(work, parameters, root, open));
}

function actionFaults(
  work: WorkflowStep | StepFallback,
  parameters: Record<string, unknown>,
  root: string,
  open: readonly Keys[],
): Validation[] {
  const agent = stepAgentNamed(work.agent);
  if (agent === undefined) {
    const detail = `there is no agent "${work.agent}"; there are ${stepAgentNames.join(", ")}`;
    return [{ field: `${root}.agent`, detail }];
  }
  const action = Object.hasOwn(agent.actions, work.task) ? agent.actions[work.task] : undefined;
  if (action === undefined) {
    const known = Object.keys(agent.actions).join(", ");
    return [{ field: `${root}.task`, detail: `${agent.name} has no action "${work.task}"; it has ${known}` }];
  }
  const field = `${root}.parameters`;
  return [...literalFaults(action, parameters, field, open), ...apartFaults(agent, open, field)];
}

/** What is written out is checked now; what an expression has a part in, when it has its value. */
function literalFaults(
  action: ActionDescriptor,
  parameters: Record<string, unknown>,
  root: string,
  open: readonly Keys[],
): Validation[] {
  const parsed = action.payload.safeParse(parameters);
  if (parsed.success) return [];
  const settled = parsed.error.issues.filter(
    (issue) => issue.code === "unrecognized_keys" || !open.some((keys) => onOneLine(keys, issue.path)),
  );
  return validationsOf(new z.ZodError(settled), root);
}

/** Whether one of two places lies within the other, or both are the same. */
function onOneLine(one: Keys, other: Keys): boolean {
  const shorter = Math.min(one.length, other.length);
  return one.slice(0, shorter).every((key, index) => key === other[index]);
}

/** What a task needs is known before it starts, and so before its expressions are answered. */
function apartFaults({ apart }: AgentDescriptor, open: readonly Keys[], root: string): Validation[] {
  if (apart === undefined || !open.some(([key]) => key === apart.field)) return [];
  const detail = "must not be an expression: it says beside which others the task may run";
  return [{ field: `${root}.${apart.field}`, detail }];
}

/** Whoever submits a run is authorized for its workspace then, so no expression may choose another later. */
function workspaceFaults(open: readonly Keys[], root: string): Validation[] {
  return open
    .filter((keys) => keys.join(".") === "context.workspace_id")
    .map(() => ({
      field: `${root}.context.workspace_id`,
      detail: "must not be an expression: a run acts in one workspace, which the workflow names",
    }));
}
