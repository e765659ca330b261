/** A schedule: a workflow or a template that is run again and again. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { organizationId, timestamp } from "./names.ts";
import { payload } from "./task.ts";
import { templateReference } from "./template-name.ts";
import { workflowDefinition } from "./workflow.ts";

export const schedulesMax = 1_000;

export const scheduleName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "must be 1 to 63 lower-case letters, digits and dashes, starting with a letter or digit",
  );

const overlap = z
  .enum(["skip", "queue"])
  .describe("While the run before is not final: `skip` leaves a firing out, `queue` lets one wait for it.");

const fields = {
  cron: z.string().min(1).max(256).optional().describe("Five fields, or six with seconds first."),
  every_seconds: z.number().int().min(1).max(31_536_000).optional(),
  timezone: z.string().min(1).max(64).optional().describe("IANA name, for cron. Default: UTC."),
  template: templateReference.optional(),
  workflow: workflowDefinition.optional(),
  inputs: payload.optional(),
  enabled: z.boolean().optional(),
};

/** Exactly one of two fields must stand. */
const oneOf =
  (left: string, right: string) =>
  (value: Readonly<Record<string, unknown>>): boolean =>
    (value[left] === undefined) !== (value[right] === undefined);

export const scheduleDefinition = z
  .strictObject({ ...fields, overlap: overlap.optional(), organization_id: organizationId.optional() })
  .refine(oneOf("cron", "every_seconds"), {
    path: ["cron"],
    message: "either cron or every_seconds must be given, and not both",
  })
  .refine(oneOf("template", "workflow"), {
    path: ["template"],
    message: "either template or workflow must be given, and not both",
  })
  .refine((value) => value.cron !== undefined || value.timezone === undefined, {
    path: ["timezone"],
    message: "goes with cron only",
  });
export type ScheduleDefinition = z.infer<typeof scheduleDefinition>;

/** Why a firing did not become a run. */
const scheduleError = z.object({ at: timestamp, code: z.string(), message: z.string() });

export const schedule = z.object({
  id: idSchema("schedule"),
  name: scheduleName,
  organization_id: z.string(),
  cron: z.string().nullable(),
  every_seconds: z.number().int().nullable(),
  timezone: z.string(),
  template: z.string().nullable(),
  workflow: workflowDefinition.nullable(),
  inputs: payload,
  overlap,
  enabled: z.boolean(),
  created_by: z.string(),
  created_at: timestamp,
  updated_by: z.string(),
  updated_at: timestamp,
  next_run_at: timestamp.nullable(),
  /** Of the last firing that became a run. */
  last_run: z.object({ workflow_id: z.string(), scheduled_for: timestamp, started_at: timestamp }).nullable(),
  /** The firing that waits for the run before it. */
  waiting_for: timestamp.nullable(),
  fired_count: z.number().int(),
  /** Firings that were left out, since the run before was not final. */
  skipped_count: z.number().int(),
  last_error: scheduleError.nullable(),
});
export type Schedule = z.infer<typeof schedule>;
