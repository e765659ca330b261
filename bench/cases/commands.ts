/** What a task makes Redis do, command by command, beside what a job of the baseline does. */
import type { BenchOptions } from "../bench-options.ts";
import { type CommandCosts, commandCostsOf } from "../measure/command-stats.ts";
import type { CommandPart } from "../report/results.ts";
import type { World } from "../world.ts";
import { addJobs, submitTasks, untilJobsAre, untilTasksAre } from "./no-op-tasks.ts";

/** What the bench itself asks. */
const ours = new Set(["config|resetstat", "info", "scard"]);

export async function measureCommands(world: World, options: BenchOptions): Promise<CommandPart[]> {
  const { redis } = world;
  const count = options.featureTasks;
  const baseline = await commandCostsOf(redis, async () => {
    await addJobs(world, count);
    await untilJobsAre(world, 0);
  });
  const drover = await commandCostsOf(redis, async () => {
    await submitTasks(world, count);
    await untilTasksAre(world, 0);
  });
  const names = new Set([...baseline.keys(), ...drover.keys()]);
  return [...names]
    .filter((name) => !ours.has(name))
    .map((name) => ({
      name,
      ...costs("baseline", baseline, name, count),
      ...costs("drover", drover, name, count),
    }))
    .filter((part) => part.droverCalls >= 0.05 || part.baselineCalls >= 0.05)
    .sort((left, right) => right.droverMicroseconds - left.droverMicroseconds);
}

type CostFields = Pick<CommandPart, "baselineCalls" | "baselineMicroseconds"> &
  Pick<CommandPart, "droverCalls" | "droverMicroseconds">;

function costs<Side extends "baseline" | "drover">(
  side: Side,
  all: CommandCosts,
  name: string,
  count: number,
): Pick<CostFields, `${Side}Calls` | `${Side}Microseconds`>;
function costs(side: string, all: CommandCosts, name: string, count: number): Record<string, number> {
  const { calls, microseconds } = all.get(name) ?? { calls: 0, microseconds: 0 };
  return { [`${side}Calls`]: calls / count, [`${side}Microseconds`]: microseconds / count };
}
