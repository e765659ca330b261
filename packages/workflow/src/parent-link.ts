/** The step of another run that a run belongs to: it waits for this run, and this run ends with it. */
import { z } from "zod";

export const parentLink = z.object({
  workflow_id: z.string(),
  /** The instance of the step, e.g. `release` or `release[3]`. */
  step_id: z.string(),
  task_id: z.string(),
  /** How many runs stand above this one. */
  depth: z.number().int().min(1),
});
export type ParentLink = z.infer<typeof parentLink>;

/** Workflows within workflows may go so deep. */
export const nestingMax = 4;
