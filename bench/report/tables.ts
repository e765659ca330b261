/** The results as tables of Markdown. */
import type { BenchResults, Comparison } from "./results.ts";

/** Three significant digits, and no more than are there. */
export function short(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 3))).toLocaleString("en-US", { maximumFractionDigits: 3 });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function goalOf({ goal, ratio }: Comparison): string {
  if (goal === undefined) return "";
  const met = goal.kind === "at_least" ? ratio >= goal.ratio : ratio <= goal.ratio;
  return `${goal.kind === "at_least" ? "≥" : "≤"} ${goal.ratio} ${met ? "met" : "**missed**"}`;
}

function spread({ rounds }: Comparison): string {
  const ratios = rounds.map(({ baseline, drover }) => drover / baseline);
  return `${short(Math.min(...ratios))}–${short(Math.max(...ratios))}`;
}

export function comparisonTable({ comparisons }: BenchResults): string {
  return table(
    ["figure", "what", "unit", "Drover", "baseline", "ratio", "of the rounds", "goal"],
    comparisons.map((one) => [
      one.name.replaceAll("_", " "),
      one.what,
      one.unit,
      short(one.drover),
      short(one.baseline),
      `**${short(one.ratio)}**`,
      spread(one),
      goalOf(one),
    ]),
  );
}

export function commandTable({ commands }: BenchResults): string {
  return table(
    ["command", "Drover calls", "baseline calls", "Drover µs", "baseline µs"],
    commands.map((one) => [
      `\`${one.name}\``,
      short(one.droverCalls),
      short(one.baselineCalls),
      short(one.droverMicroseconds),
      short(one.baselineMicroseconds),
    ]),
  );
}

export function partTable({ parts }: BenchResults): string {
  return table(
    ["part", "what", "cost", "unit"],
    parts.map((one) => [one.name, one.what, short(one.value), one.unit]),
  );
}

export function growthTable({ growth }: BenchResults): string {
  return table(
    ["queued", "Drover accepts", "baseline", "Drover finishes", "baseline"],
    growth.map((one) => [
      short(one.queued),
      `${short(one.droverAccept)} µs`,
      `${short(one.baselineAccept)} µs`,
      `${short(one.droverFinish)} µs`,
      `${short(one.baselineFinish)} µs`,
    ]),
  );
}

/** For a terminal. */
export function summaryOf(results: BenchResults): string {
  const tables = [
    results.comparisons.length > 0 ? comparisonTable(results) : "",
    results.commands.length > 0 ? commandTable(results) : "",
    results.parts.length > 0 ? partTable(results) : "",
    results.growth.length > 0 ? growthTable(results) : "",
  ];
  return tables.filter((text) => text !== "").join("\n\n");
}
