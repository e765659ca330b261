/** The Redis of each topology. */
import { clusterRedis } from "../world/cluster-redis.ts";
import type { RedisWorld } from "../world/redis-world.ts";
import { singleRedis } from "../world/single-redis.ts";
import { watchedRedis } from "../world/watched-redis.ts";
import type { Topology } from "./chaos-options.ts";

export async function openWorld(
  topology: Topology,
  directory: string,
  services: readonly string[],
): Promise<RedisWorld> {
  switch (topology) {
    case "single":
    case "mixed":
      return await singleRedis(directory, services);
    case "sentinel":
      return await watchedRedis(directory);
    case "cluster":
      return await clusterRedis(directory);
  }
}
