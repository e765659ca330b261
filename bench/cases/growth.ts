/** Whether a task costs the same while a thousand wait and while a hundred thousand do. */
import { diagnostics } from "@drover/contracts";
import type { BenchOptions } from "../bench-options.ts";
import { timed } from "../measure/until.ts";
import type { Depth } from "../report/results.ts";
import type { World } from "../world.ts";
import {
  addJobs,
  submitTasks,
  unfinishedJobs,
  unfinishedTasks,
  untilJobsAre,
  untilTasksAre,
} from "./no-op-tasks.ts";

interface Side {
  readonly queued: () => Promise<number>;
  readonly submit: (count: number) => Promise<unknown>;
  readonly untilAre: (atMost: number) => Promise<void>;
  readonly pause: () => Promise<unknown>;
  readonly resume: () => Promise<unknown>;
}

export async function measureGrowth(world: World, options: BenchOptions): Promise<Depth[]> {
  const { queues, rawTasks } = world;
  const baseline = await measureSide(options, {
    queued: () => unfinishedJobs(world),
    submit: (count) => addJobs(world, count),
    untilAre: (atMost) => untilJobsAre(world, atMost),
    pause: () => rawTasks.pause(),
    resume: () => rawTasks.resume(),
  });
  const drover = await measureSide(options, {
    queued: () => unfinishedTasks(world),
    submit: (count) => submitTasks(world, count),
    untilAre: (atMost) => untilTasksAre(world, atMost),
    pause: () => queues.pause(diagnostics.name, "bench"),
    resume: () => queues.resume(diagnostics.name),
  });
  return options.depths.map((queued, at) => ({
    queued,
    baselineAccept: baseline[at]?.accept ?? 0,
    baselineFinish: baseline[at]?.finish ?? 0,
    droverAccept: drover[at]?.accept ?? 0,
    droverFinish: drover[at]?.finish ?? 0,
  }));
}

/** For each depth, microseconds a task takes to be accepted, and to be finished. */
async function measureSide(
  { depths, growthTasks: chunk }: BenchOptions,
  side: Side,
): Promise<{ accept: number; finish: number }[]> {
  const costs: { accept: number; finish: number }[] = [];
  await side.pause();
  for (const depth of depths) {
    await side.submit(Math.max(0, depth - (await side.queued())));
    const acceptMs = await timed(() => side.submit(chunk));
    const before = await side.queued();
    let after = before;
    const finishMs = await timed(async () => {
      await side.resume();
      await side.untilAre(Math.max(0, before - chunk));
      after = await side.queued();
    });
    await side.pause();
    costs.push({ accept: (acceptMs * 1000) / chunk, finish: (finishMs * 1000) / (before - after) });
  }
  await side.resume();
  await side.untilAre(0);
  return costs;
}
