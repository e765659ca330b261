/** A real Redis Cluster of three masters for one test file, gone when the file is done. */
import { RedisCluster } from "@drover/redis-server";
import { inScratch } from "./in-scratch.ts";

export interface TestRedisCluster extends AsyncDisposable {
  /** As `REDIS_URL` takes it. */
  readonly url: string;
  readonly nodes: RedisCluster["nodes"];
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

/**
 * Its shares of the slots are such that each of the keyspace's first three shards is on a server of its own.
 * @throws RedisNotFound, RedisProgramNeeded
 */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const { part: cluster, stop } = await inScratch((source, directory) =>
    RedisCluster.start({ source, directory, appendOnly: false, firstSlots: [0, 8_192, 12_288] }),
  );
  return { url: cluster.url, nodes: cluster.nodes, stop, [Symbol.asyncDispose]: stop };
}
