/** A dead letter: a task that used up its attempts, kept until someone redrives or purges it. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { timestamp } from "./names.ts";
import { taskError } from "./task.ts";

export const deadLetter = z.object({
  id: idSchema("deadLetter"),
  task_id: idSchema("task"),
  agent: z.string(),
  organization_id: z.string(),
  workspace_id: z.string().nullable(),
  /** The code of the error that ended it. */
  reason: z.string(),
  attempts: z.number().int(),
  failed_at: timestamp,
  error: taskError,
  workflow_id: z.string().optional(),
  step_id: z.string().optional(),
});
export type DeadLetter = z.infer<typeof deadLetter>;

/** One time that the task failed for good. */
export const death = z.object({
  dead_letter_id: idSchema("deadLetter"),
  /** The worker that had it; empty: none did. */
  worker: z.string(),
  attempts: z.number().int(),
  failed_at: timestamp,
  error: taskError,
  /** Who queued it again after this, and when; null: nobody did. */
  redriven_by: z.string().nullable(),
  redriven_at: timestamp.nullable(),
});
export type Death = z.infer<typeof death>;

/** A dead letter and where it comes from: every death of its task, oldest first, at most 50. */
export const deadLetterRecord = deadLetter.extend({ deaths: z.array(death) });
export type DeadLetterRecord = z.infer<typeof deadLetterRecord>;
