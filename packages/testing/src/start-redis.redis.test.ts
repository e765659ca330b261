import { existsSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { isRunning } from "@drover/processes";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { startRedis } from "./start-redis.ts";
import { trackLeaks } from "./track-leaks.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

test("two servers of one machine do not see each other, and are gone when disposed", async () => {
  const pids: number[] = [];
  {
    await using first = await startRedis();
    await using second = await startRedis();
    pids.push(first.pid, second.pid);
    const [a, b] = [new Redis(first.url), new Redis(second.url)];
    await a.set("who", "first");
    expect(await b.get("who")).toBeNull();
    a.disconnect();
    b.disconnect();
  }
  for (const pid of pids) expect(await isRunning(pid)).toBe(false);
});

test("what was acknowledged survives a SIGKILL when it appends to disk", async () => {
  await using server = await startRedis({ appendOnly: true });
  const redis = new Redis(server.url, { maxRetriesPerRequest: 0 });
  redis.on("error", () => undefined);
  await redis.set("kept", "yes");
  await server.kill();
  await expect(redis.get("kept")).rejects.toThrow();
  await server.restart();
  expect(await eventually(async () => (await redis.get("kept")) ?? false)).toBe("yes");
  redis.disconnect();
});

test("a frozen server holds its connections and answers after the thaw", async () => {
  await using server = await startRedis();
  const redis = new Redis(server.url);
  await redis.ping();
  server.freeze();
  const answer = redis.ping();
  const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 100, "silence"))]);
  expect(early).toBe("silence");
  server.thaw();
  expect(await answer).toBe("PONG");
  redis.disconnect();
});

test("its log and its data are removed with it", async () => {
  const server = await startRedis();
  const path = await readlink(`/proc/${server.pid}/cwd`);
  expect(existsSync(path)).toBe(true);
  await server.stop();
  expect(existsSync(path)).toBe(false);
});
