/** What is wrong with a plan: all that a posted workflow is checked for, and what only a plan must hold. */
import type { WorkflowDefinition } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { z } from "zod";
import type { PlanRequest } from "./planner.ts";

/** Every fault of a definition, as a posted workflow is checked. */
export type CheckWorkflow = (definition: WorkflowDefinition) => readonly Validation[];

const namedWorkspace = z.looseObject({ context: z.looseObject({ workspace_id: z.string() }) });

export function planFaults(
  definition: WorkflowDefinition,
  request: PlanRequest,
  check: CheckWorkflow,
): Validation[] {
  return [
    ...check(definition),
    ...definition.steps.flatMap((step, index) => [
      ...offerFaults(step, `steps[${index}]`, request),
      ...workspaceFaults(step.parameters, `steps[${index}].parameters`, request),
    ]),
  ];
}

function offerFaults(
  step: { agent: string; task: string },
  field: string,
  request: PlanRequest,
): Validation[] {
  const agent = request.agents.find(({ name }) => name === step.agent);
  if (agent === undefined) {
    const names = request.agents.map(({ name }) => name).join(", ");
    return [{ field: `${field}.agent`, detail: `must be one of ${names}` }];
  }
  if (agent.actions.some(({ name }) => name === step.task)) return [];
  const names = agent.actions.map(({ name }) => name).join(", ");
  return [{ field: `${field}.task`, detail: `must be one of ${names}` }];
}

/** A planner must not reach into a workspace that nobody named: the request is what the caller was authorized for. */
function workspaceFaults(parameters: unknown, field: string, request: PlanRequest): Validation[] {
  const named = namedWorkspace.safeParse(parameters);
  if (!named.success || named.data.context.workspace_id === request.workspace_id) return [];
  return [{ field: `${field}.context.workspace_id`, detail: "must be left out" }];
}

const faultsShownMax = 20;
const detailCharactersMax = 300;

/** The faults in one sentence of bounded length. */
export function describeFaults(faults: readonly Validation[]): string {
  const shown = faults
    .slice(0, faultsShownMax)
    .map(({ field, detail }) => `${field}: ${detail}`.slice(0, detailCharactersMax));
  const more = faults.length > faultsShownMax ? [`and ${faults.length - faultsShownMax} more`] : [];
  return [...shown, ...more].join("; ");
}
