/** What Redis did meanwhile, command by command, those within scripts included. */
import type { Redis } from "ioredis";

interface CommandCost {
  readonly calls: number;
  /** Time of the server's one thread, in microseconds; a script's own entry includes the commands within it. */
  readonly microseconds: number;
}

export type CommandCosts = ReadonlyMap<string, CommandCost>;

const line = /^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/;

/** Resets the server's counters, runs `work` and reads them. */
export async function commandCostsOf(redis: Redis, work: () => Promise<void>): Promise<CommandCosts> {
  await redis.config("RESETSTAT");
  await work();
  const costs = new Map<string, CommandCost>();
  for (const text of (await redis.info("commandstats")).split("\r\n")) {
    const [, name, calls, microseconds] = line.exec(text) ?? [];
    if (name === undefined) continue;
    costs.set(name, { calls: Number(calls), microseconds: Number(microseconds) });
  }
  return costs;
}
