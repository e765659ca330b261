/** The settings of the orchestrator: the shared ones and its own, from the environment, once. */
import {
  type Environment,
  lockSettings,
  memorySettings,
  modelSettings,
  readConfig,
  redisSettings,
  retentionSettings,
  serviceSettings,
} from "@drover/config";
import { plannerName } from "@drover/contracts";
import { z } from "zod";

const schema = z.object({
  ...redisSettings,
  ...serviceSettings,
  ...lockSettings,
  ...memorySettings,
  ...modelSettings,
  ...retentionSettings,
  /** Who plans when a request names no planner. The demo model is no choice: with it, or without any, it is `rules`. */
  DROVER_PLANNER: plannerName.default("rules"),
  /** How long one call of the model may take, in seconds; a plan takes up to three. */
  DROVER_PLANNER_DEADLINE_SECONDS: z.coerce.number().min(1).max(3600).default(90),
  /** Plans, and runs that begin or end, at once. */
  DROVER_ORCHESTRATOR_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(50),
});

export type OrchestratorConfig = z.infer<typeof schema>;

/** @throws ConfigError naming every faulty variable */
export function readOrchestratorConfig(environment: Environment): OrchestratorConfig {
  return readConfig(schema, environment);
}
