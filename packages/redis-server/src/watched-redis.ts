/** A Redis that Sentinels watch: a master, its replicas, and the Sentinels that make another one the master. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, RunningProcess } from "@drover/processes";
import { Redis } from "ioredis";
import { awaitRedis } from "./await-redis.ts";
import { RedisProgramNeeded } from "./redis-program-needed.ts";
import { RedisServer, RedisStartFailed } from "./redis-server.ts";
import type { OwnRedisSource } from "./redis-source.ts";

export interface WatchedRedisOptions {
  readonly source: OwnRedisSource;
  /** Made when it is not there; stays when the servers stop. */
  readonly directory: string;
  /** Default: 2. */
  readonly replicas?: number;
  /** Default: 3. */
  readonly sentinels?: number;
}

const groupName = "drover";
/**
 * Sentinel promotes no replica whose link was down for ten times as long, and takes 20 s to see that what it calls the master
 * has come back as a replica: with one second here, a group in that state would stay without a master for ever.
 */
const downAfterMs = 3_000;
const startDeadlineMs = 15_000;
const replicaDeadlineMs = 30_000;
const pollMs = 50;

export class WatchedRedis implements AsyncDisposable {
  /** The first of them begins as the master. */
  readonly servers: readonly RedisServer[];
  /** As `REDIS_URL` takes it, with the password in it. */
  readonly url: string;
  readonly #sentinels: readonly Sentinel[];

  private constructor(servers: readonly RedisServer[], sentinels: readonly Sentinel[], password: string) {
    this.servers = servers;
    this.#sentinels = sentinels;
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
    this.url = `redis+sentinel://:${password}@${hosts}/${groupName}`;
  }

  /** @throws RedisStartFailed, RedisProgramNeeded */
  static async start(options: WatchedRedisOptions): Promise<WatchedRedis> {
    const { source } = options;
    if (source.kind !== "binary") throw new RedisProgramNeeded("Sentinel");
    const password = randomBytes(24).toString("hex");
    const servers: RedisServer[] = [];
    const sentinels: Sentinel[] = [];
    try {
      for (let number = 0; number <= (options.replicas ?? 2); number += 1) {
        const [master] = servers;
        servers.push(
          await RedisServer.start({
            source,
            directory: join(options.directory, `server-${number}`),
            password,
            directives: [
              `masterauth ${password}`,
              "repl-diskless-sync-delay 0",
              ...(master === undefined ? [] : [`replicaof 127.0.0.1 ${master.port}`]),
            ],
          }),
        );
      }
      const [master] = servers;
      if (master === undefined) throw new Error("there is no master");
      await awaitReplicas(master, servers.length - 1);
      const count = options.sentinels ?? 3;
      for (let number = 0; number < count; number += 1) {
        const directory = join(options.directory, `sentinel-${number}`);
        const quorum = Math.floor(count / 2) + 1;
        sentinels.push(await startSentinel(source.path, directory, master.port, password, quorum));
      }
      await awaitSentinels(sentinels, servers.length - 1);
      return new WatchedRedis(servers, sentinels, password);
    } catch (error) {
      await Promise.all([
        ...sentinels.map((one) => one.process.stop(1_000)),
        ...servers.map((one) => one.stop()),
      ]);
      throw error;
    }
  }

  /** The server that the Sentinels call the master now; undefined while they are not of one mind. */
  async master(): Promise<RedisServer | undefined> {
    const ports = await Promise.all(this.#sentinels.map(({ port }) => masterPortOf(port)));
    return ports.every((port) => port === ports[0])
      ? this.servers.find((server) => server.port === ports[0])
      : undefined;
  }

  /** Asks the Sentinels to make a replica the master. @returns whether they do */
  async failover(): Promise<boolean> {
    const [first] = this.#sentinels;
    return first === undefined
      ? false
      : await askSentinel(first.port, (redis) => redis.call("SENTINEL", "FAILOVER", groupName)).then(
          () => true,
          () => false,
        );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sentinels.map((one) => one.process.stop(1_000)));
    await Promise.all(this.servers.map((one) => one.stop()));
  }
}

interface Sentinel {
  readonly port: number;
  readonly process: RunningProcess;
}

async function startSentinel(
  program: string,
  directory: string,
  masterPort: number,
  password: string,
  quorum: number,
): Promise<Sentinel> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const port = await freePort();
  const file = join(directory, "sentinel.conf");
  const lines = [
    "bind 127.0.0.1",
    "protected-mode no",
    `port ${port}`,
    `dir "${directory}"`,
    `sentinel monitor ${groupName} 127.0.0.1 ${masterPort} ${quorum}`,
    `sentinel auth-pass ${groupName} ${password}`,
    `sentinel down-after-milliseconds ${groupName} ${downAfterMs}`,
    `sentinel failover-timeout ${groupName} 5000`,
    "",
  ];
  await writeFile(file, lines.join("\n"), { mode: 0o600 });
  await chmod(file, 0o600);
  const process = await RunningProcess.launch({
    command: program,
    args: [file, "--sentinel"],
    environment: {},
    cwd: directory,
    logFile: join(directory, "sentinel.log"),
  });
  if (await awaitRedis(`redis://127.0.0.1:${port}`, startDeadlineMs, () => process.ending !== null))
    return { port, process };
  await process.kill();
  throw new RedisStartFailed(`A Sentinel did not start on port ${port}.`);
}

async function awaitReplicas(master: RedisServer, count: number): Promise<void> {
  const redis = new Redis(master.url);
  redis.on("error", () => undefined);
  try {
    await until(async () => {
      const online = (await redis.info("replication")).match(/state=online/g) ?? [];
      return online.length >= count;
    }, "The replicas did not come up.");
  } finally {
    redis.disconnect();
  }
}

/** Until each Sentinel knows the others and every replica: before that a failover would find nobody. */
async function awaitSentinels(sentinels: readonly Sentinel[], replicas: number): Promise<void> {
  await until(async () => {
    const known = await Promise.all(
      sentinels.map(({ port }) =>
        askSentinel(port, async (redis) => {
          const others = await redis.call("SENTINEL", "SENTINELS", groupName);
          const watched = await redis.call("SENTINEL", "REPLICAS", groupName);
          const size = (list: unknown) => (Array.isArray(list) ? list.length : 0);
          return size(others) >= sentinels.length - 1 && size(watched) >= replicas;
        }),
      ),
    );
    return known.every(Boolean);
  }, "The Sentinels did not find each other.");
}

async function masterPortOf(sentinelPort: number): Promise<number | undefined> {
  const address = await askSentinel(sentinelPort, (redis) =>
    redis.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", groupName),
  );
  return Array.isArray(address) ? Number(address[1]) : undefined;
}

async function askSentinel<Answer>(port: number, ask: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis({ port, host: "127.0.0.1", retryStrategy: () => null, commandTimeout: 2_000 });
  redis.on("error", () => undefined);
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

/** @throws RedisStartFailed with `fault` when it does not hold in time */
async function until(holds: () => Promise<boolean>, fault: string): Promise<void> {
  const endMs = Date.now() + replicaDeadlineMs;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new RedisStartFailed(fault);
    await sleep(pollMs);
  }
}
