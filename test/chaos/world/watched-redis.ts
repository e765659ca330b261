/** A master with two replicas under three Sentinels. Nothing is proxied: what is cut here is the master itself. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findOwnRedis, type RedisServer, WatchedRedis } from "@drover/redis-server";
import { eventually } from "@drover/testing";
import type { RedisWorld } from "./redis-world.ts";

const agreeDeadlineMs = 60_000;

export async function watchedRedis(directory: string): Promise<RedisWorld> {
  const source = await findOwnRedis({ environment: process.env, say: () => undefined, mayInstall: false });
  const watched = await WatchedRedis.start({ source, directory: join(directory, "redis") });
  const master = async (): Promise<RedisServer> =>
    await eventually(async () => (await watched.master()) ?? false, { deadlineMs: agreeDeadlineMs });
  return {
    name: "sentinel",
    shards: 1,
    // Whatever number is asked for, the master of that moment is meant: hurting a replica proves nothing.
    nodes: 1,
    sentinel: true,
    proxies: [],
    settings: { DROVER_REDIS_REPLICAS: "2" },
    directUrl: watched.url,
    urlFor: () => watched.url,
    killRedis: async (_node, downMs) => {
      const victim = await master();
      await victim.kill();
      await sleep(downMs);
      await victim.restart();
    },
    freezeRedis: async (_node, forMs) => {
      const victim = await master();
      victim.signal("SIGSTOP");
      await sleep(forMs);
      victim.signal("SIGCONT");
    },
    failover: async () => {
      const former = await master();
      // Refused while another failover is under way or has just been.
      if (!(await watched.failover())) return;
      await eventually(async () => ![undefined, former].includes(await watched.master()), {
        deadlineMs: agreeDeadlineMs,
      });
    },
    [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose](),
  };
}
