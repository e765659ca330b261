/** What a task has used since it was accepted, or redriven: what its own budget is held against. */
import { type Usage, usage } from "@drover/contracts";
import { z } from "zod";
import { json } from "./task-row.ts";

/** Of the task's row, in this order. */
export const usedFields = ["usage", "tool_calls", "usage_before", "tool_calls_before"] as const;

const storedUsage = json(usage);
const storedTools = json(z.record(z.string(), z.number()));

/** Null: nothing was counted. */
export function usedSince(row: readonly (string | null)[]): Usage | null {
  const [total, tools, before, toolsBefore] = row;
  if (total == null) return null;
  const used = storedUsage.parse(total);
  const earlier =
    before == null ? { input_tokens: 0, output_tokens: 0, cost_usd: 0 } : storedUsage.parse(before);
  const calls = tools == null ? {} : storedTools.parse(tools);
  const callsBefore = toolsBefore == null ? {} : storedTools.parse(toolsBefore);
  return {
    input_tokens: used.input_tokens - earlier.input_tokens,
    output_tokens: used.output_tokens - earlier.output_tokens,
    cost_usd: used.cost_usd - earlier.cost_usd,
    tool_calls: Object.fromEntries(
      Object.entries(calls).map(([tool, count]) => [tool, count - (callsBefore[tool] ?? 0)]),
    ),
  };
}
