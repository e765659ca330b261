import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning, listProcesses } from "@drover/processes";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findRedisBinary } from "./redis-binary.ts";
import { findRedisImage } from "./redis-image.ts";
import { RedisServer, RedisStartFailed } from "./redis-server.ts";
import type { OwnRedisSource } from "./redis-source.ts";

const until = (holds: () => boolean | Promise<boolean>, timeout = 5_000) =>
  vi.waitUntil(holds, { timeout, interval: 20 });

const silent = () => undefined;
const binary = await findRedisBinary(process.env["PATH"], silent);
const sources: Record<string, OwnRedisSource | null> = {
  program: binary === null ? null : { kind: "binary", path: binary },
  container: await findRedisImage(process.env, silent),
};

for (const [name, source] of Object.entries(sources)) {
  const title = `Redis as a ${name}${source === null ? " (skipped: this machine has none)" : ""}`;
  describe.skipIf(source === null)(title, () => {
    let directory = "";
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "drover-redis-"));
    });
    afterAll(() => rm(directory, { recursive: true, force: true }));

    const start = () => {
      if (source === null) throw new Error("skipped");
      return RedisServer.start({ source, directory });
    };
    const ask = async (url: string, work: (redis: Redis) => Promise<unknown>) => {
      const redis = new Redis(url);
      try {
        return await work(redis);
      } finally {
        redis.disconnect();
      }
    };

    test("what was acknowledged is there after a kill and after a stop", async () => {
      {
        await using server = await start();
        await ask(server.url, (redis) => redis.set("first", "1"));
        await server.kill();
        expect(server.running).toBe(false);
        await server.restart();
        expect(await ask(server.url, (redis) => redis.get("first"))).toBe("1");
        await ask(server.url, (redis) => redis.set("second", "2"));
      }
      await using again = await start();
      expect(await ask(again.url, (redis) => redis.mget("first", "second"))).toEqual(["1", "2"]);
    });

    test("the settings that no task is lost are in force, and strangers are refused", async () => {
      await using server = await start();
      const setting = async (key: string) => await ask(server.url, (redis) => redis.config("GET", key));
      expect(await setting("appendonly")).toEqual(["appendonly", "yes"]);
      expect(await setting("appendfsync")).toEqual(["appendfsync", "always"]);
      expect(await setting("maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
      const stranger = new Redis(`redis://127.0.0.1:${server.port}`, { maxRetriesPerRequest: 0 });
      stranger.on("error", silent);
      await expect(stranger.get("first")).rejects.toThrow(/NOAUTH/);
      stranger.disconnect();
    });

    test("the password stands on no command line and in no file that others may read", async () => {
      await using server = await start();
      const password = new URL(server.url).password;
      const commands = (await listProcesses()).map((entry) => entry.command);
      expect(commands.some((command) => command.includes(password))).toBe(false);
      const file = join(directory, "redis.conf");
      expect(await readFile(file, "utf8")).toContain(password);
      expect((await stat(file)).mode & 0o077).toBe(0);
    });
  });
}

test.skipIf(binary === null)(
  "a server that dies by itself is reported, and a restart brings it back",
  async () => {
    if (binary === null) return;
    const directory = await mkdtemp(join(tmpdir(), "drover-redis-"));
    let deaths = 0;
    const onDeath = () => {
      deaths += 1;
    };
    const source: OwnRedisSource = { kind: "binary", path: binary };
    await using server = await RedisServer.start({ source, directory, onDeath });
    const { pid } = server;
    process.kill(pid, "SIGKILL");
    await until(() => deaths === 1);
    expect(server.running).toBe(false);
    expect(await isRunning(pid)).toBe(false);
    await server.restart();
    expect(server.pid).not.toBe(pid);
    await server.stop();
    await rm(directory, { recursive: true });
  },
);

test.skipIf(binary === null)("a second server does not start on a directory that is in use", async () => {
  if (binary === null) return;
  const directory = await mkdtemp(join(tmpdir(), "drover-redis-"));
  const source: OwnRedisSource = { kind: "binary", path: binary };
  await using first = await RedisServer.start({ source, directory });
  await expect(RedisServer.start({ source, directory, startDeadlineMs: 500 })).rejects.toThrow(
    `process ${first.pid}`,
  );
  await first.stop();
  await rm(directory, { recursive: true });
});

test.skipIf(binary === null)("a port that is taken is an error with the log, not a wait", async () => {
  if (binary === null) return;
  const directory = await mkdtemp(join(tmpdir(), "drover-redis-"));
  const source: OwnRedisSource = { kind: "binary", path: binary };
  await using first = await RedisServer.start({ source, directory });
  const other = await mkdtemp(join(tmpdir(), "drover-redis-"));
  const second = RedisServer.start({ source, directory: other, port: first.port });
  await expect(second).rejects.toThrow(RedisStartFailed);
  await expect(second).rejects.toThrow(/in use/);
  await first.stop();
  await Promise.all([directory, other].map((each) => rm(each, { recursive: true })));
});
