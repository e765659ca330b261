/** Whether what Drover keeps adds up: the count of every task by state, and leaks. */
import { z } from "zod";
import { timestamp } from "./names.ts";

/** What upkeep looks for, finds and mends. */
export const leakKinds = [
  /** A task that is not final, with no job that would carry it out. */
  "row_without_job",
  /** A job whose task, run or letter the ledger does not know. */
  "job_without_row",
  /** A step that is not final, of a run that has ended or is gone. */
  "orphan_child",
  /** A run that is not final, started by a step that does not wait for it any more. */
  "orphan_run",
  /** A run that is not final, with no job, or with a job that waits for nothing. */
  "run_stuck",
  /** A control step whose wait is over and whose job sleeps. */
  "step_asleep",
  /** A member of a set of unfinished, waiting or parked things that is nothing of the kind. */
  "stale_member",
  /** A workspace that is held for a task that does not run. */
  "slot_without_holder",
  /** A task that is counted in a quota, or holds a workspace, otherwise than its status says. */
  "load_drift",
  /** A dead letter that the queue `dead-letter` does not show. */
  "letter_unmirrored",
  /** An id in an index without a row. */
  "row_lost",
  /** A row that is counted under another status than it has. */
  "counter_drift",
  /** A sum that is not that of the rows. */
  "sum_drift",
  /** Something final that nothing would ever forget. */
  "unretained",
  /** A key that belongs to a task, run or letter that is gone. */
  "stray_key",
] as const;
export const leakKind = z.enum(leakKinds);
export type LeakKind = z.infer<typeof leakKind>;

const count = z.number().int();

const states = {
  accepted: count,
  queued: count,
  delayed: count,
  parked: count,
  running: count,
  waiting: count,
  /** Completed, failed or cancelled, forgotten ones included. */
  final: count,
  /** Final ones that were deleted by age or number. */
  forgotten: count,
  /** accepted − queued − delayed − parked − running − waiting − final: 0, or something is wrong. */
  difference: count,
};

export const invariants = z.object({
  /** No difference, no count that is wrong, no leak that stands. */
  ok: z.boolean(),
  checked_at: timestamp,
  conservation: z.object(states),
  agents: z.record(z.string(), z.object(states)),
  runs: z.object({
    accepted: count,
    unfinished: count,
    final: count,
    forgotten: count,
    difference: count,
  }),
  /** Counts that are not what they count, in words. */
  drift: z.array(z.string()),
  /** What was found and is not mended, with a few of the ids. */
  leaks: z.array(z.object({ kind: leakKind, count, sample: z.array(z.string()) })),
  /** How many were mended, ever. */
  repaired_total: z.partialRecord(leakKind, count),
});
export type Invariants = z.infer<typeof invariants>;
