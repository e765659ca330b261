/** One Redis that writes each command to disk, and a proxy before it for each service. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findOwnRedis, RedisServer } from "@drover/redis-server";
import { TcpProxy } from "../monkey/tcp-proxy.ts";
import type { RedisWorld } from "./redis-world.ts";

export async function singleRedis(directory: string, services: readonly string[]): Promise<RedisWorld> {
  const source = await findOwnRedis({ environment: process.env, say: () => undefined, mayInstall: false });
  const server = await RedisServer.start({ source, directory: join(directory, "redis") });
  const proxies = new Map<string, TcpProxy>();
  for (const service of services) proxies.set(service, await TcpProxy.listen(() => server.port));
  const close = async () => {
    for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
    await server.stop();
  };
  return {
    name: "single",
    shards: 1,
    nodes: 1,
    sentinel: false,
    proxies: [...proxies.values()],
    settings: {},
    directUrl: server.url,
    urlFor: (service) => {
      const url = new URL(server.url);
      url.port = String(proxies.get(service)?.port ?? server.port);
      return url.href;
    },
    killRedis: async (_node, downMs) => {
      await server.kill();
      await sleep(downMs);
      await server.restart();
    },
    freezeRedis: async (_node, forMs) => {
      server.signal("SIGSTOP");
      await sleep(forMs);
      server.signal("SIGCONT");
    },
    failover: async () => {
      throw new Error("a single Redis has nothing to fail over to");
    },
    [Symbol.asyncDispose]: close,
  };
}
