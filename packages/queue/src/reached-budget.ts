/** A budget of a workspace or an organization that is used up, as the scripts answer it. */
import { type BudgetPeriod, budgetPeriod } from "@drover/contracts";
import { z } from "zod";

export interface ReachedBudget {
  /** `acme` or `acme/ws-1`. */
  readonly scope: string;
  readonly used: number;
  readonly most: number;
  readonly what: "cost_usd" | "tokens";
  readonly period: BudgetPeriod;
}

const what = z.enum(["cost_usd", "tokens"]);

/** The answer of the spend script; a hold that is stale is told so by other means. */
export const reachedBudget = z.union([
  z.tuple([z.enum(["stale", "final", "ok"])]).transform(() => null),
  z
    .tuple([z.literal("ok"), z.string(), z.coerce.number(), z.coerce.number(), what, budgetPeriod])
    .transform(
      ([, scope, used, most, name, period]): ReachedBudget => ({ scope, used, most, what: name, period }),
    ),
]);

/** The next midnight, or the first of the next month, by UTC. */
export function renewsAtMs(period: BudgetPeriod, nowMs: number): number {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return period === "day" ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
}

/** In words, with when it begins anew. */
export function describeBudget(budget: ReachedBudget, nowMs: number): string {
  const { scope, used, most, period } = budget;
  const amount =
    budget.what === "cost_usd" ? `${roundedUsd(used)} of ${most} USD` : `${used} of ${most} tokens`;
  const renews = new Date(renewsAtMs(period, nowMs)).toISOString();
  return `${scope}: ${amount} of this ${period} are used; the budget begins anew at ${renews}.`;
}

function roundedUsd(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
