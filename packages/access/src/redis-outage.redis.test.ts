import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { type ChainableCommander, Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRedisOutage } from "./redis-outage.ts";

let server: TestRedis;
let admin: Redis;
beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

const client = () => {
  const redis = new Redis(server.url, { maxRetriesPerRequest: 0, enableOfflineQueue: false });
  redis.on("error", () => undefined);
  return redis;
};

async function killBlocked(): Promise<boolean> {
  const clients = String(await admin.client("LIST"));
  const [, id] = /^id=(\d+) .*\bcmd=blpop\b/m.exec(clients) ?? [];
  if (id !== undefined) await admin.client("KILL", "ID", Number(id));
  return id !== undefined;
}

test.each<[string, (pipeline: ChainableCommander) => ChainableCommander]>([
  ["in the middle of a pipeline", (pipeline) => pipeline.get("a").blpop("nothing", 0).get("b")],
  ["before any answer", (pipeline) => pipeline.blpop("nothing", 0).get("b")],
])("a connection that is cut %s is an outage", async (_when, fill) => {
  const redis = client();
  try {
    await eventually(() => redis.status === "ready");
    const replies = fill(redis.pipeline()).exec();
    await eventually(killBlocked);
    const errors = ((await replies) ?? []).flatMap(([error]) => error ?? []);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(isRedisOutage(error), error.message).toBe(true);
  } finally {
    redis.disconnect();
  }
});

test("a command while there is no connection is an outage, what a command did wrong is none", async () => {
  const redis = client();
  await eventually(() => redis.status === "ready");
  const wrong = await redis.call("NO-SUCH-COMMAND").catch((error: unknown) => error);
  expect(isRedisOutage(wrong)).toBe(false);
  redis.disconnect();
  const closed = await redis.get("a").catch((error: unknown) => error);
  expect(isRedisOutage(closed)).toBe(true);
});
