/** The ledger's row of a run, parsed as it leaves Redis. */
import { labels, priority, workflowDefinition, workflowError, workflowStatus } from "@drover/contracts";
import { json } from "@drover/queue";
import { z } from "zod";
import { parentLink } from "./parent-link.ts";

/** What was asked for: the part of a run that never changes. */
const runSpec = z.object({
  id: z.string(),
  definition: workflowDefinition,
  organization_id: z.string(),
  workspace_id: z.string(),
  priority,
  labels,
  created_by: z.string(),
  created_at: z.string(),
  /** W3C trace context of the request that asked for it. */
  traceparent: z.string().nullable(),
  /** `name@version`, of a run of a template. */
  template: z.string().optional(),
  /** The name of the schedule that started it. */
  schedule: z.string().optional(),
  /** Set when a step of another run waits for it. */
  parent: parentLink.optional(),
  /** Whether who asked for it may run workflows in every workspace of the organization: then its children may. */
  across_workspaces: z.boolean().optional(),
});
export type RunSpec = z.infer<typeof runSpec>;

const rowSchema = z.object({
  spec: json(runSpec),
  status: workflowStatus,
  /** Empty, or why no step becomes ready any more. */
  halted: z.enum(["", "failed", "cancelled"]),
  /** Trace context of the run itself, parent of its steps'. */
  traceparent: z.string().optional(),
  started_at: z.string().optional(),
  finished_at: z.string().optional(),
  error: json(workflowError).optional(),
  /** When it was paused, if it is. */
  paused: z.string().optional(),
  paused_by: z.string().optional(),
  /** How many of its steps wait for someone's decision. */
  approvals: z.coerce.number().optional(),
  /** How often steps of it were opened again. */
  revision: z.coerce.number().optional(),
  "usage:input_tokens": z.coerce.number().optional(),
  "usage:output_tokens": z.coerce.number().optional(),
  "usage:cost_usd": z.coerce.number().optional(),
  "usage:duration_ms": z.coerce.number().optional(),
  usage_tools: json(z.record(z.string(), z.number())).optional(),
});
export type RunRow = z.infer<typeof rowSchema>;

/** Null where there is no row. */
export function parseRunRow(fields: Record<string, string>): RunRow | null {
  return fields["spec"] === undefined ? null : rowSchema.parse(fields);
}

export function parseRunSpec(text: unknown): RunSpec {
  return json(runSpec).parse(text);
}
