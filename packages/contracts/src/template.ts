/** A template: a workflow under a name, with typed inputs and numbered versions that never change. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { labels, organizationId, timestamp, workspaceId } from "./names.ts";
import { payload, priority } from "./task.ts";
import { templateName, templateReference } from "./template-name.ts";
import { workflowDefinition } from "./workflow.ts";

/** Of one template, definition and all. */
export const templateBytesMax = 1024 * 1024;
/** Kept of one template; the oldest goes when another comes, never the current one. */
export const templateVersionsMax = 1_000;
/** Of one organization. */
export const templatesMax = 1_000;
/** In one import. */
const templateImportMax = 1_000;

const inputsSchema = z
  .record(z.string(), z.unknown())
  .describe(
    "JSON Schema (2020-12) of an object. Defaults are applied. An input that it does not name is refused, unless it says additionalProperties.",
  );
export type InputsSchema = z.infer<typeof inputsSchema>;

/** What a version holds, and one file of `drover workflows export`. */
export const templateDefinition = workflowDefinition
  .omit({ name: true, inputs: true, organization_id: true })
  .extend({ name: templateName, inputs: inputsSchema.optional() });
export type TemplateDefinition = z.infer<typeof templateDefinition>;

/** A template as lists show it. */
export const templateSummary = z.object({
  id: idSchema("template"),
  name: templateName,
  description: z.string().nullable(),
  organization_id: z.string(),
  /** The current version: what runs where none is named. */
  version: z.number().int(),
  /** The highest number that was given. */
  latest_version: z.number().int(),
  created_by: z.string(),
  created_at: timestamp,
  /** Who made the current version current, and when. */
  updated_by: z.string(),
  updated_at: timestamp,
});
export type TemplateSummary = z.infer<typeof templateSummary>;

/** A template with one of its versions: the current one, or the one that was asked for. */
export const template = templateSummary.extend({ definition: templateDefinition });
export type Template = z.infer<typeof template>;

export const templateVersion = z.object({
  version: z.number().int(),
  current: z.boolean(),
  description: z.string().nullable(),
  created_by: z.string(),
  created_at: timestamp,
  size_bytes: z.number().int(),
});
export type TemplateVersion = z.infer<typeof templateVersion>;

const templateChange = z.object({
  /** Steps by their ids: `steps.backend.parameters.prompt`. */
  path: z.string(),
  kind: z.enum(["added", "removed", "changed"]),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type TemplateChange = z.infer<typeof templateChange>;

export const templateDiff = z.object({
  name: templateName,
  from: z.number().int(),
  to: z.number().int(),
  changes: z.array(templateChange),
  /** A unified diff of the two as YAML; empty where they are the same, null where they differ too much to be compared. */
  text: z.string().nullable(),
});

export const templateImport = z.strictObject({
  templates: z.array(templateDefinition).min(1, "must have at least one template").max(templateImportMax),
  organization_id: organizationId.optional(),
  dry_run: z.boolean().optional(),
});

export const templateOutcome = z.object({
  name: templateName,
  outcome: z.enum(["created", "updated", "unchanged"]),
  /** The version that is current after it. */
  version: z.number().int(),
});
export type TemplateOutcome = z.infer<typeof templateOutcome>;

/** A run of a template, in place of a workflow. What stands here goes before what the template says. */
export const templateRun = z.strictObject({
  template: templateReference,
  inputs: payload.optional(),
  name: z.string().min(1).max(256).optional(),
  workspace_id: workspaceId.optional(),
  organization_id: organizationId.optional(),
  priority: priority.optional(),
  labels: labels.optional(),
});
export type TemplateRun = z.infer<typeof templateRun>;

export const workflowSubmission = z.union([workflowDefinition, templateRun]);
export type WorkflowSubmission = z.infer<typeof workflowSubmission>;
