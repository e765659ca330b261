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
