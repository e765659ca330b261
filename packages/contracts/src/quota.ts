/** How much an organization, or a workspace of it, may have at once, and use within a day or a month. */
import { z } from "zod";
import { agentNames } from "./agents/agent-catalogue.ts";
import { organizationId, workspaceId } from "./names.ts";
import { budgetStanding, periodBudget } from "./task-budget.ts";

const limit = z.number().int().min(0).max(10_000_000).nullable();
const agentLimits = z.strictObject({ queued_max: limit.optional(), active_max: limit.optional() });

/** What is set: absent is as the deployment's defaults say, null is no limit. */
export const quotaLimits = z.strictObject({
  /** Tasks that are accepted and do not run. */
  queued_max: limit.optional(),
  /** Tasks that run. */
  active_max: limit.optional(),
  /** Of all its keys together. */
  requests_per_minute: limit.optional(),
  per_agent: z
    .record(z.string(), agentLimits)
    .superRefine((limits, context) => {
      for (const agent of Object.keys(limits)) {
        if (!agentNames.includes(agent))
          context.addIssue({ code: "custom", path: [agent], message: `is none of ${agentNames.join(", ")}` });
      }
    })
    .optional(),
  /** What its tasks may use of models; absent or null: no limit. */
  budget: periodBudget.nullable().optional(),
});
export type QuotaLimits = z.infer<typeof quotaLimits>;

/** What holds for whoever has no limits of its own. */
const usualLimits = z.object({ queued_max: limit, active_max: limit, requests_per_minute: limit });
export const quotaDefaults = z.object({ organization: usualLimits, workspace: usualLimits });
export type QuotaDefaults = z.infer<typeof quotaDefaults>;

/** What holds for a scope, and what it has now. */
export const quota = z.object({
  organization_id: organizationId,
  /** Null: the organization as a whole. */
  workspace_id: workspaceId.nullable(),
  queued_max: limit,
  active_max: limit,
  requests_per_minute: limit,
  per_agent: z.record(z.string(), agentLimits),
  /** Null: no limit. */
  budget: budgetStanding.nullable(),
  usage: z.object({ queued: z.number().int(), active: z.number().int() }),
});
export type Quota = z.infer<typeof quota>;
