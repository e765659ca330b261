/** What a run of the bench found, as it is kept in bench/results. */
import { z } from "zod";

const goal = z.object({ kind: z.enum(["at_least", "at_most"]), ratio: z.number() });
export type Goal = z.infer<typeof goal>;

/** One figure on both sides. */
const comparison = z.object({
  name: z.string(),
  what: z.string(),
  unit: z.string(),
  /** Medians over the rounds; the ratio is the median of the rounds' ratios, Drover's figure over the baseline's. */
  baseline: z.number(),
  drover: z.number(),
  ratio: z.number(),
  goal: goal.optional(),
  rounds: z.array(z.object({ baseline: z.number(), drover: z.number() })),
});
export type Comparison = z.infer<typeof comparison>;

/** A part of what a task costs. */
const part = z.object({ name: z.string(), what: z.string(), unit: z.string(), value: z.number() });
export const parts = z.array(part);
export type Part = z.infer<typeof part>;

/** A command of Redis, per task, on both sides. */
const command = z.object({
  name: z.string(),
  baselineCalls: z.number(),
  baselineMicroseconds: z.number(),
  droverCalls: z.number(),
  droverMicroseconds: z.number(),
});
export type CommandPart = z.infer<typeof command>;

/** What a task costs while so many are queued, in microseconds of the clock. */
const depth = z.object({
  queued: z.number(),
  baselineAccept: z.number(),
  baselineFinish: z.number(),
  droverAccept: z.number(),
  droverFinish: z.number(),
});
export type Depth = z.infer<typeof depth>;

const shapeOfMachine = z.object({
  cores: z.number(),
  processor: z.string(),
  memoryGb: z.number(),
  node: z.string(),
  redis: z.string(),
  /** How long the disk takes to keep 500 bytes for good, median, in milliseconds. */
  syncMs: z.number(),
  /** Processes that were ready to run beside ours when it began, averaged over a minute. */
  loadBefore: z.number(),
});

export const benchResults = z.object({
  startedAt: z.string(),
  tookSeconds: z.number(),
  quick: z.boolean(),
  rounds: z.number(),
  concurrency: z.number(),
  machine: shapeOfMachine,
  comparisons: z.array(comparison),
  commands: z.array(command),
  parts,
  growth: z.array(depth),
});
export type BenchResults = z.infer<typeof benchResults>;
export type Machine = z.infer<typeof shapeOfMachine>;
