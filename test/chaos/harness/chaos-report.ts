/** What came of a chaos run, for people and for programs. */
import type { ChaosOptions } from "./chaos-options.ts";

export interface ChaosReport {
  readonly topology: string;
  readonly seed: number;
  readonly minutes: number;
  readonly tasks: number;
  readonly runs: number;
  readonly steps: number;
  /** Starts beyond the first: retries, and work taken over from what was killed. */
  readonly repeatedStarts: number;
  readonly blows: Readonly<Record<string, number>>;
  /** From the end of the blows until all was final, in milliseconds. */
  readonly settledMs: number;
  /** Longest time from acknowledgement to the end of a piece of work, in milliseconds. */
  readonly longestMs: number;
  readonly faults: readonly string[];
}

/** A block to paste: what ran, how it was hurt, what was found. */
export function toText(report: ChaosReport): string {
  const blows = Object.entries(report.blows)
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([kind, count]) => `${kind} ${count}`);
  const lines = [
    `chaos ${report.topology}, seed ${report.seed}, ${report.minutes} min: ${report.faults.length === 0 ? "passed" : `${report.faults.length} FAULTS`}`,
    `  ${report.tasks} tasks, ${report.runs} runs with ${report.steps} steps, ${report.repeatedStarts} repeated starts`,
    `  blows: ${blows.join(", ") || "none"}`,
    `  longest piece of work ${seconds(report.longestMs)}, all final ${seconds(report.settledMs)} after the last blow`,
    ...report.faults.slice(0, 100).map((fault) => `  FAULT ${fault}`),
  ];
  if (report.faults.length > 0) lines.push(`  ${replayOf(report)}`);
  return lines.join("\n");
}

/** The command that does the same again. */
function replayOf(options: Pick<ChaosOptions, "minutes" | "seed"> & { topology: string }): string {
  return `replay: npm run chaos -- --minutes ${options.minutes} --seed ${options.seed} --topology ${options.topology}`;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
