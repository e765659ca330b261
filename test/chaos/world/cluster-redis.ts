/** Three masters of a Cluster, each behind a proxy that it tells its clients to use. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findOwnRedis, RedisCluster } from "@drover/redis-server";
import { TcpProxy } from "../monkey/tcp-proxy.ts";
import type { RedisWorld } from "./redis-world.ts";

const masters = 3;
/** Such that each of three shards is on a server of its own. */
const firstSlots = [0, 8_192, 12_288];

export async function clusterRedis(directory: string): Promise<RedisWorld> {
  const source = await findOwnRedis({ environment: process.env, say: () => undefined, mayInstall: false });
  let cluster: RedisCluster | undefined;
  const proxies: TcpProxy[] = [];
  for (let node = 0; node < masters; node += 1)
    proxies.push(await TcpProxy.listen(() => cluster?.nodes[node]?.port ?? 0));
  cluster = await RedisCluster.start({
    source,
    directory: join(directory, "redis"),
    masters,
    firstSlots,
    announcePorts: proxies.map((proxy) => proxy.port),
  });
  const { nodes, url } = cluster;
  return {
    name: "cluster",
    shards: 3,
    nodes: nodes.length,
    sentinel: false,
    proxies,
    settings: {},
    directUrl: url,
    urlFor: () => url,
    killRedis: async (node, downMs) => {
      await nodes[node]?.kill();
      await sleep(downMs);
      await nodes[node]?.restart();
    },
    freezeRedis: async (node, forMs) => {
      nodes[node]?.signal("SIGSTOP");
      await sleep(forMs);
      nodes[node]?.signal("SIGCONT");
    },
    failover: async () => {
      throw new Error("this Cluster has no replicas to fail over to");
    },
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]();
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    },
  };
}
