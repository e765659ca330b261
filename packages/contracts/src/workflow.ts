/** A workflow: a DAG of steps; and its run, as the API takes and shows them. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { labels, organizationId, timestamp, workspaceId } from "./names.ts";
import { artifact, payload, priority, taskError } from "./task.ts";
import { taskLimitFields } from "./task-limits.ts";
import { usage } from "./usage.ts";

export const stepsMax = 10_000;
export const expressionLengthMax = 4096;

export const stepId = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, dashes or underscores");

/** CEL, without the `${{ }}` that parameters put around it. */
const expressionText = z.string().min(1).max(expressionLengthMax);

const work = {
  agent: z.string().min(1).max(64),
  task: z.string().min(1).max(64).describe("The agent's action."),
  parameters: payload.optional().describe("Strings may hold expressions: ${{ steps.build.output.image }}."),
};

/** What runs in place of a step that failed for good. */
const stepFallback = z.strictObject(work);
export type StepFallback = z.infer<typeof stepFallback>;

export const workflowStep = z.strictObject({
  id: stepId,
  ...work,
  name: z.string().max(256).optional(),
  depends_on: z.array(stepId).max(stepsMax).optional(),
  continue_on_error: z.boolean().optional(),
  when: expressionText.optional().describe("CEL. False: the step is skipped, which counts as passed."),
  for_each: expressionText.optional().describe("CEL that answers a list: one task for each item."),
  fallback: stepFallback.optional(),
  ...taskLimitFields,
});
export type WorkflowStep = z.infer<typeof workflowStep>;

/**
 * How the outputs of the steps become the output of the run: `all` (each step's output by its id), `leaves` (only steps
 * that nothing depends on), or the named steps.
 */
export const composition = z.union([z.enum(["all", "leaves"]), z.array(stepId).min(1)]);

export const workflowDefinition = z.strictObject({
  name: z.string().min(1).max(256),
  description: z.string().max(4096).optional(),
  inputs: payload.optional(),
  steps: z.array(workflowStep).min(1, "must have at least one step").max(stepsMax),
  workspace_id: workspaceId.optional(),
  organization_id: organizationId.optional(),
  on_failure: z.enum(["continue", "fail_fast"]).optional(),
  priority: priority.optional(),
  labels: labels.optional(),
  result: composition.optional(),
});
export type WorkflowDefinition = z.infer<typeof workflowDefinition>;

const workflowStatuses = [
  "pending",
  "running",
  "paused",
  "waiting",
  "completed",
  "failed",
  "cancelled",
] as const;
export const workflowStatus = z.enum(workflowStatuses);
export type WorkflowStatus = z.infer<typeof workflowStatus>;

export const stepStatus = z.enum([
  "pending",
  "queued",
  "running",
  "waiting",
  "completed",
  "failed",
  "cancelled",
  "skipped",
  "blocked",
]);
export type StepStatus = z.infer<typeof stepStatus>;

export const stepResult = z.object({
  step_id: z.string(),
  name: z.string(),
  agent: z.string(),
  task: z.string(),
  order: z.number().int(),
  status: stepStatus,
  task_id: z.string().optional(),
  attempt: z.number().int(),
  depends_on: z.array(z.string()),
  /** Of a step that has fanned out. */
  items: z
    .object({ total: z.number().int(), completed: z.number().int(), failed: z.number().int() })
    .optional(),
  output: z.unknown().optional(),
  /** The outputs of the run are larger than an answer may be: this one is read from its task. */
  output_truncated: z.literal(true).optional(),
  error: taskError.optional(),
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
});
export type StepResult = z.infer<typeof stepResult>;

export const workflowResult = z.object({
  /** By step id, as the workflow's composition rule says. */
  output: z.record(z.string(), z.unknown()),
  /** Every artifact of every step; `step_id` says whose. */
  artifacts: z.array(artifact.extend({ step_id: z.string() })),
  /** Of all tasks of all steps, failed ones and their attempts included. */
  usage,
  /** Outputs are missing here because all of them are larger than an answer may be. */
  truncated: z.literal(true).optional(),
});
export type WorkflowResult = z.infer<typeof workflowResult>;

export const workflowError = z.object({
  code: z.string(),
  message: z.string(),
  failed_steps: z.array(z.string()),
});
export type WorkflowError = z.infer<typeof workflowError>;

export const workflowSummary = z.object({
  id: idSchema("workflow"),
  name: z.string(),
  description: z.string().nullable(),
  status: workflowStatus,
  organization_id: z.string(),
  workspace_id: z.string(),
  priority,
  labels,
  created_by: z.string(),
  trace_id: z.string().nullable(),
  steps_total: z.number().int(),
  /** `name@version`, where it is a run of a template. */
  template: z.string().optional(),
  /** The name of the schedule that started it. */
  schedule: z.string().optional(),
  /** The step of another run that waits for this one. */
  parent: z.object({ workflow_id: z.string(), step_id: z.string() }).optional(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  error: workflowError.nullable(),
});
export type WorkflowSummary = z.infer<typeof workflowSummary>;

export const workflow = workflowSummary.extend({
  steps: z.array(stepResult),
  result: workflowResult.nullable(),
});
export type Workflow = z.infer<typeof workflow>;
