/** `drover usage`: what tasks have used, added up. */
import { getUsage, type UsageRow, type UsageTotals } from "@drover/contracts";
import type { Command } from "commander";
import { contextOf, type Terminal } from "./command-context.ts";
import { textTable } from "./text-table.ts";

interface UsageOptions {
  readonly by: string;
  readonly query?: string;
  readonly workspace?: string;
  readonly from?: string;
  readonly to?: string;
}

export function addUsageCommand(drover: Command, terminal: Terminal): void {
  drover
    .command("usage")
    .description("Show what tasks have used: tokens, money, time and tools.")
    .option("--by <groups>", "some of day, organization, workspace, agent, separated by commas", "day")
    .option("-q, --query <terms>", "e.g. agent:opencode")
    .option("-w, --workspace <name>", "only of this workspace")
    .option("--from <day>", "like 2026-11-01, by UTC; default: 30 days of the last one")
    .option("--to <day>", "like 2026-11-30; default: today")
    .action(async (options: UsageOptions, command: Command) => {
      const context = contextOf(command, terminal);
      const q = terms(options, context.organization.organization_id);
      const report = await context.client.call(getUsage, {
        query: { group_by: options.by, ...(q === "" ? {} : { q }) },
      });
      const groups = options.by.split(",").map((name) => name.trim());
      const head = [...groups.map((group) => group.toUpperCase()), ...columns];
      const sum = [...groups.map((_, position) => (position === 0 ? "total" : "")), ...cells(report.total)];
      const rows = report.usage.map((row) => [...groups.map((group) => named(row, group)), ...cells(row)]);
      context.show(report, textTable(head, [...rows, sum]));
    });
}

const columns = ["ATTEMPTS", "INPUT", "OUTPUT", "USD", "SECONDS", "TOOL CALLS"];

function cells(totals: UsageTotals): (string | number)[] {
  const calls = Object.values(totals.tool_calls).reduce((sum, count) => sum + count, 0);
  return [
    totals.attempts,
    totals.input_tokens,
    totals.output_tokens,
    totals.cost_usd.toFixed(4),
    Math.round(totals.duration_ms / 1000),
    calls,
  ];
}

function named(row: UsageRow, group: string): string | null | undefined {
  const names: Record<string, string | null | undefined> = {
    day: row.day,
    organization: row.organization_id,
    workspace: row.workspace_id,
    agent: row.agent,
  };
  return names[group];
}

function terms(options: UsageOptions, organization: string | undefined): string {
  const { query, workspace, from, to } = options;
  const asked = [
    ["organization", organization],
    ["workspace", workspace],
    ["date_from", from],
    ["date_to", to],
  ];
  const own = asked.flatMap(([key, value]) => (value === undefined ? [] : [`${key}:${value}`]));
  return [...(query === undefined ? [] : [query]), ...own].join(" ");
}
