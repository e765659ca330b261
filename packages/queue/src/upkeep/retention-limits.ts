/** How much of what has ended is kept, and how long. */
export interface RetentionLimits {
  /** In milliseconds; what ended longer ago is forgotten. */
  readonly ageMs: number;
  /** Final tasks that one organization may keep; steps count with their runs, tasks of dead letters with these. */
  readonly tasksMax: number;
  /** Final runs that one organization may keep, each with its steps. */
  readonly runsMax: number;
  /** Dead letters that one organization may keep. */
  readonly deadLettersMax: number;
}

export const defaultRetention: RetentionLimits = {
  ageMs: 30 * 24 * 3600 * 1000,
  tasksMax: 100_000,
  runsMax: 10_000,
  deadLettersMax: 10_000,
};
