/** How much may be used: by one task, or by a workspace or an organization within a day or a month. */
import { z } from "zod";
import { timestamp } from "./names.ts";

const usd = z.number().gt(0).max(1_000_000);
const tokens = z.number().int().min(1).max(1_000_000_000_000);

const someLimit = (budget: object) => Object.values(budget).some((limit) => limit !== undefined);

/** Of all attempts of a task and their sub-agents together; the first limit that is reached ends it. */
export const taskBudget = z
  .strictObject({
    cost_usd: usd.optional(),
    input_tokens: tokens.optional(),
    output_tokens: tokens.optional(),
    tool_calls: z.number().int().min(1).max(1_000_000).optional(),
  })
  .refine(someLimit, "must set cost_usd, input_tokens, output_tokens or tool_calls");
export type TaskBudget = z.infer<typeof taskBudget>;

export const budgetPeriod = z.enum(["day", "month"]);
export type BudgetPeriod = z.infer<typeof budgetPeriod>;

/** Of all tasks of a scope within a period of the calendar, by UTC. `tokens`: input and output together. */
export const periodBudget = z
  .strictObject({ period: budgetPeriod, cost_usd: usd.optional(), tokens: tokens.optional() })
  .refine(({ cost_usd, tokens: most }) => someLimit({ cost_usd, most }), "must set cost_usd or tokens");
export type PeriodBudget = z.infer<typeof periodBudget>;

/** A budget, and how much of it is used in the present period. */
export const budgetStanding = z.object({
  period: budgetPeriod,
  cost_usd: usd.nullable(),
  tokens: tokens.nullable(),
  used: z.object({ cost_usd: z.number().min(0), tokens: z.number().min(0) }),
  renews_at: timestamp,
});
export type BudgetStanding = z.infer<typeof budgetStanding>;
