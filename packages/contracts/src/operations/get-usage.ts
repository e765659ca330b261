import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { usageGroups, usageReport } from "../usage.ts";

/** Keys of `q` when asking for usage. */
export const usageSearchKeys = ["organization", "workspace", "agent", "date_from", "date_to"] as const;

const groupBy = z
  .string()
  .default("day")
  .transform((text, context) => {
    const named = text.split(",").map((name) => name.trim());
    const groups = usageGroups.filter((group) => named.includes(group));
    if (groups.length === new Set(named).size) return groups;
    context.addIssue({ code: "custom", message: `must name some of ${usageGroups.join(", ")}` });
    return z.NEVER;
  });

export const getUsage = defineOperation({
  id: "get_usage",
  method: "get",
  path: `${basePath}/usage`,
  summary: "What tasks have used: tokens, money, time and tools",
  description:
    "Added up by group_by, oldest first. Attempts that failed or were cancelled count, too. " +
    `Terms of q: ${usageSearchKeys.join(", ")}; days are of UTC, both ends included, and the last 30 where none is named.`,
  tag: "Usage",
  requires: "usage:read",
  query: z.object({
    q: z.string().max(2048).optional().describe("Terms like workspace:ws-123 date_from:2026-11-01."),
    group_by: groupBy.describe("Some of day, organization, workspace, agent, separated by commas."),
  }),
  responses: { 200: { description: "Usage.", schema: usageReport } },
});
