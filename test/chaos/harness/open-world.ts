/** The Redis of each topology. */
import { singleRedis } from "../world/single-redis.ts";
import type { RedisWorld } from "../world/redis-world.ts";
import type { Topology } from "./chaos-options.ts";

export async function openWorld(
  topology: Topology,
  directory: string,
  services: readonly string[],
): Promise<RedisWorld> {
  switch (topology) {
    case "single":
    case "mixed":
    case "sentinel":
    case "cluster":
      return await singleRedis(directory, services);
  }
}
