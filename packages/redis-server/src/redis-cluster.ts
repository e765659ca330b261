/** A Redis Cluster of our own on this machine: some masters that share the slots, each of which can be killed. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@drover/processes";
import { Redis } from "ioredis";
import { RedisProgramNeeded } from "./redis-program-needed.ts";
import { RedisServer, RedisStartFailed } from "./redis-server.ts";
import type { OwnRedisSource } from "./redis-source.ts";

export interface RedisClusterOptions {
  readonly source: OwnRedisSource;
  /** Made when it is not there; stays when the servers stop. */
  readonly directory: string;
  /** Default: 3. */
  readonly masters?: number;
  /** Whether each write is on disk before it is acknowledged. Default: true. */
  readonly appendOnly?: boolean;
  /** Where clients are told to find each master, e.g. a proxy before it. Default: at its own port. */
  readonly announcePorts?: readonly number[];
  /** The first slot of each master. Default: equal shares. */
  readonly firstSlots?: readonly number[];
}

const slotCount = 16_384;
const joinDeadlineMs = 30_000;
const pollMs = 50;

export class RedisCluster implements AsyncDisposable {
  readonly nodes: readonly RedisServer[];
  /** As `REDIS_URL` takes it, with the password in it. */
  readonly url: string;

  private constructor(nodes: readonly RedisServer[], url: string) {
    this.nodes = nodes;
    this.url = url;
  }

  /** @throws RedisStartFailed, RedisProgramNeeded */
  static async start(options: RedisClusterOptions): Promise<RedisCluster> {
    if (options.source.kind !== "binary") throw new RedisProgramNeeded("A Cluster");
    const password = randomBytes(24).toString("hex");
    const nodes: RedisServer[] = [];
    const busPorts: number[] = [];
    try {
      for (let number = 0; number < (options.masters ?? 3); number += 1) {
        const busPort = await freePort();
        const announced = options.announcePorts?.[number];
        nodes.push(
          await RedisServer.start({
            source: options.source,
            directory: join(options.directory, `node-${number}`),
            password,
            appendOnly: options.appendOnly ?? true,
            directives: [
              "cluster-enabled yes",
              `cluster-port ${busPort}`,
              "cluster-node-timeout 2000",
              // A master that is away takes only its own slots with it.
              "cluster-require-full-coverage no",
              ...(announced === undefined ? [] : [`cluster-announce-port ${announced}`]),
            ],
          }),
        );
        busPorts.push(busPort);
      }
      await shareSlots(nodes, busPorts, options.firstSlots ?? equalShares(nodes.length));
    } catch (error) {
      await Promise.all(nodes.map((node) => node.stop()));
      throw error;
    }
    const hosts = nodes.map((node, number) => `127.0.0.1:${options.announcePorts?.[number] ?? node.port}`);
    return new RedisCluster(nodes, `redis+cluster://:${password}@${hosts.join(",")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

/** Shares the slots out and waits until every node knows it. */
async function shareSlots(
  nodes: readonly RedisServer[],
  busPorts: readonly number[],
  firstSlots: readonly number[],
): Promise<void> {
  const clients = nodes.map((node) => new Redis(node.url));
  for (const client of clients) client.on("error", () => undefined);
  try {
    for (const [number, client] of clients.entries()) {
      const next = firstSlots[number + 1] ?? slotCount;
      await client.cluster("ADDSLOTSRANGE", firstSlots[number] ?? 0, next - 1);
      await client.call("CLUSTER", "SET-CONFIG-EPOCH", String(number + 1));
    }
    const [first] = clients;
    for (const [number, node] of nodes.entries()) {
      if (number > 0)
        await first?.call("CLUSTER", "MEET", "127.0.0.1", String(node.port), String(busPorts[number]));
    }
    const endMs = Date.now() + joinDeadlineMs;
    while (!(await Promise.all(clients.map((client) => isWhole(client, nodes.length)))).every(Boolean)) {
      if (Date.now() > endMs) throw new RedisStartFailed("The nodes of the Cluster did not find each other.");
      await sleep(pollMs);
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
}

function equalShares(count: number): number[] {
  return Array.from({ length: count }, (_, number) => Math.floor((slotCount * number) / count));
}

async function isWhole(client: Redis, size: number): Promise<boolean> {
  const info = String(await client.cluster("INFO"));
  return (
    info.includes("cluster_state:ok") &&
    info.includes(`cluster_slots_ok:${slotCount}`) &&
    info.includes(`cluster_size:${size}`)
  );
}
