/** Reads a plan out of what a model wrote: untrusted text, of which only the known fields are taken. */
import { validationsOf, type WorkflowDefinition, workflowDefinition } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { z } from "zod";
import { plannedStepsMax } from "./plan-prompt.ts";
import type { PlanRequest } from "./planner.ts";

/** Tenant, workspace, priority and labels are the caller's to say, so a model's word for them is dropped. */
const plannedWorkflow = workflowDefinition
  .pick({ name: true, description: true, on_failure: true, result: true })
  .extend({
    steps: workflowDefinition.shape.steps.max(plannedStepsMax, `must have at most ${plannedStepsMax} steps`),
  })
  .strip();

const explanationCharactersMax = 4096;
const modelPlan = z.object({
  workflow: plannedWorkflow,
  explanation: z
    .string()
    .transform((text) => text.slice(0, explanationCharactersMax))
    .catch(""),
});

export type ReadPlan =
  | { readonly workflow: WorkflowDefinition; readonly explanation: string }
  | { readonly faults: readonly Validation[] };

export function readPlan(text: string, request: PlanRequest): ReadPlan {
  const json = firstObjectOf(text);
  if (json === null) return { faults: [{ field: "(answer)", detail: "must be one JSON object" }] };
  const parsed = modelPlan.safeParse(json);
  if (!parsed.success) return { faults: validationsOf(parsed.error) };
  const { workflow, explanation } = parsed.data;
  const workspace = request.workspace_id === undefined ? {} : { workspace_id: request.workspace_id };
  return { workflow: { ...workflow, ...workspace }, explanation };
}

/** The object from the first brace to the last: models like to put prose or a fence around it. */
function firstObjectOf(text: string): Record<string, unknown> | null {
  const start = text.indexOf("{");
  const end = text.lastIndexOf("}");
  if (start === -1 || end < start) return null;
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text.slice(start, end + 1)));
  } catch {
    return null;
  }
}
