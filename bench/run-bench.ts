/** Measures everything, one thing after the other, on one Redis, in one run. */
import type { BenchOptions, Chapter } from "./bench-options.ts";
import { measureAccepting } from "./cases/accept.ts";
import { measureCommands } from "./cases/commands.ts";
import { measureDags } from "./cases/dags.ts";
import { measureGrowth } from "./cases/growth.ts";
import { measureIdle } from "./cases/idle.ts";
import { measureMemory } from "./cases/memory.ts";
import { measureParts } from "./cases/parts/measure-parts.ts";
import { measureThroughput } from "./cases/throughput.ts";
import { describeMachine } from "./measure/machine.ts";
import type { BenchResults } from "./report/results.ts";
import { startWorld } from "./world.ts";

/** @param say told what is being measured */
export async function runBench(options: BenchOptions, say: (line: string) => void): Promise<BenchResults> {
  const startedMs = Date.now();
  say("starting Drover and the baseline");
  await using world = await startWorld(options);
  const machine = await describeMachine(world.redis);
  const wanted = async <Found>(chapter: Chapter, work: () => Promise<Found[]>): Promise<Found[]> => {
    if (!options.chapters.includes(chapter)) return [];
    say(chapter);
    return await work();
  };
  const memory = await wanted("memory", async () => [await measureMemory(world, options)]);
  const comparisons = [
    ...(await wanted("throughput", () => measureThroughput(world, options))),
    ...(await wanted("accept", () => measureAccepting(world, options))),
    ...(await wanted("idle", () => measureIdle(world, options))),
    ...(await wanted("dags", () => measureDags(world, options))),
    ...memory.map(({ comparison }) => comparison),
  ];
  const commands = await wanted("commands", () => measureCommands(world, options));
  const parts = await wanted("parts", () => measureParts(options));
  const growth = await wanted("growth", () => measureGrowth(world, options));
  return {
    startedAt: new Date(startedMs).toISOString(),
    tookSeconds: Math.round((Date.now() - startedMs) / 1000),
    quick: options.quick,
    rounds: options.rounds,
    concurrency: options.concurrency,
    machine,
    comparisons,
    commands,
    parts: [...parts, ...memory.flatMap((found) => found.parts)],
    growth,
  };
}
