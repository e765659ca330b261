/** What the settings say about forgetting. */
import type { RetentionLimits } from "@drover/queue";
import type { OrchestratorConfig } from "../config.ts";

export function retentionOf(config: OrchestratorConfig): RetentionLimits {
  return {
    ageMs: config.DROVER_RETENTION_DAYS * 24 * 3600 * 1000,
    tasksMax: config.DROVER_RETENTION_TASKS,
    runsMax: config.DROVER_RETENTION_RUNS,
    deadLettersMax: config.DROVER_RETENTION_DEAD_LETTERS,
  };
}
