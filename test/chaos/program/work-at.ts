/** The program of a chaos run: its n-th piece of work follows from the seed alone. */
import { type RunWork, runWork } from "./run-work.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { StepSetting } from "./step-plan.ts";
import { type TaskWork, taskWork } from "./task-work.ts";

export type Work = TaskWork | RunWork;
/** `plain`: only what the former version knows, too. */
export type Features = StepSetting["features"];

/** Enough of them that every shard of a small cluster has some. */
const organizations = ["default", "amber", "birch", "cedar", "dune", "ember"];

export function workAt(seed: number, index: number, features: Features): Work {
  const random = new SeededRandom(seed, 1, index);
  const organizationId = random.pick(organizations);
  return random.chance(0.4)
    ? runWork(random, index, organizationId, features)
    : taskWork(random, index, organizationId);
}
