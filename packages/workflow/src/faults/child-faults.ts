/** Faults of a workflow that stands within a step of another. */
import {
  control,
  payload,
  type StepFallback,
  type WorkflowDefinition,
  type WorkflowStep,
  workflowDefinition,
} from "@drover/contracts";
import type { Validation } from "@drover/errors";

const depthMax = 4;

/** Checks a definition that is `depth` levels deep in others. */
export type CheckChild = (
  definition: WorkflowDefinition,
  inputs: readonly string[] | undefined,
  depth: number,
) => Validation[];

/**
 * A child that an expression gives is checked when it starts. What is no definition at all is a fault of the parameters
 * already, so that it is passed over here.
 * @param depth of the workflow that the step is in; 0 for the one that was submitted
 */
export function childFaults(
  work: WorkflowStep | StepFallback,
  root: string,
  depth: number,
  check: CheckChild,
): Validation[] {
  if (work.agent !== control.name || work.task !== "workflow") return [];
  const child = workflowDefinition.safeParse(work.parameters?.["workflow"]);
  if (!child.success) return [];
  const field = `${root}.parameters.workflow`;
  if (depth >= depthMax) {
    return [{ field, detail: `workflows must not stand within each other more than ${depthMax} deep` }];
  }
  const faults = check(child.data, inputNames(work, child.data), depth + 1);
  return faults.map((fault) => ({
    field: fault.field === "(body)" ? field : `${field}.${fault.field}`,
    detail: fault.detail,
  }));
}

/** Undefined where an expression gives them, or nobody does. */
function inputNames({ parameters }: WorkflowStep | StepFallback, child: WorkflowDefinition) {
  const given = parameters?.["inputs"];
  if (given === undefined) return child.inputs === undefined ? undefined : Object.keys(child.inputs);
  const parsed = payload.safeParse(given);
  return parsed.success ? [...Object.keys(child.inputs ?? {}), ...Object.keys(parsed.data)] : undefined;
}
