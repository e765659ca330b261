/** What work has used: tokens, money, time and tools; of a task, a run, a workspace, an organization. */
import { z } from "zod";
import { organizationId, timestamp, workspaceId } from "./names.ts";

const count = z.number().int().min(0);

export const usage = z.object({
  /** What came from the provider's cache included. */
  input_tokens: z.number().min(0),
  /** What the model thought included. */
  output_tokens: z.number().min(0),
  /** By the prices that the deployment sets; 0 where it sets none. */
  cost_usd: z.number().min(0),
  /** How long attempts ran, in milliseconds. */
  duration_ms: z.number().min(0).optional(),
  /** Tool → how often it was called, by the agent and its sub-agents. */
  tool_calls: z.record(z.string(), count).optional(),
});
export type Usage = z.infer<typeof usage>;

export const noUsage: Usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0 };

export function sumOfUsage(a: Usage, b: Usage): Usage {
  const tools = sumOfToolCalls(a.tool_calls ?? {}, b.tool_calls ?? {});
  const duration = a.duration_ms ?? b.duration_ms;
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cost_usd: a.cost_usd + b.cost_usd,
    ...(duration === undefined ? {} : { duration_ms: (a.duration_ms ?? 0) + (b.duration_ms ?? 0) }),
    ...(Object.keys(tools).length === 0 ? {} : { tool_calls: tools }),
  };
}

function sumOfToolCalls(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const sum = { ...a };
  for (const [tool, calls] of Object.entries(b)) sum[tool] = (sum[tool] ?? 0) + calls;
  return sum;
}

/** How many days of usage are kept. */
export const usageDaysMax = 400;

/** By what usage can be added up, beside a sum of everything. */
export const usageGroups = ["day", "organization", "workspace", "agent"] as const;
export type UsageGroup = (typeof usageGroups)[number];

/** A day of the calendar, by UTC. */
const day = z.iso.date();

const totals = z.object({
  /** Attempts of tasks that used something. */
  attempts: count,
  input_tokens: z.number().min(0),
  output_tokens: z.number().min(0),
  cost_usd: z.number().min(0),
  duration_ms: z.number().min(0),
  tool_calls: z.record(z.string(), count),
});
export type UsageTotals = z.infer<typeof totals>;

/** What a group has used; it is named by the fields that were asked for. */
const usageRow = totals.extend({
  day: day.optional(),
  organization_id: organizationId.optional(),
  /** Null: tasks that have no workspace. */
  workspace_id: workspaceId.nullable().optional(),
  agent: z.string().optional(),
});
export type UsageRow = z.infer<typeof usageRow>;

export const usageReport = z.object({
  usage: z.array(usageRow),
  count,
  /** Of all rows together. */
  total: totals,
  date_from: day,
  date_to: day,
  as_of: timestamp,
});
export type UsageReport = z.infer<typeof usageReport>;
