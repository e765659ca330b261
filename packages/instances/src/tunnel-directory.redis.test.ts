import { createLogger } from "@drover/observability";
import { Store } from "@drover/queue";
import { startRedis, type TestRedis } from "@drover/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { TunnelDirectory } from "./tunnel-directory.ts";

let redis: TestRedis;
let store: Store;
let directory: TunnelDirectory;

beforeAll(async () => {
  redis = await startRedis();
  const logger = createLogger({ service: "test", level: "silent" });
  store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  directory = new TunnelDirectory(store);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await redis.stop();
});
beforeEach(async () => {
  await store.redis.flushall();
});

const a = { url: "http://10.0.0.1:8090", token: "token-a" };
const b = { url: "http://10.0.0.2:8090", token: "token-b" };

test("of two holders of one tunnel the later one counts, and the earlier one learns of it", async () => {
  expect(await directory.find("inst_1")).toBeNull();
  const first = await directory.claim("inst_1", a);
  expect(await directory.keep("inst_1", a, first)).toBe(true);
  const second = await directory.claim("inst_1", b);
  expect(await directory.keep("inst_1", a, first)).toBe(false);
  await directory.release("inst_1", first);
  expect(await directory.find("inst_1")).toEqual(b);
  expect(await directory.keep("inst_1", b, second)).toBe(true);
  await directory.release("inst_1", second);
  expect(await directory.find("inst_1")).toBeNull();
});

test("an entry that Redis has lost is there again with the next sign of its holder, and dies with its holder", async () => {
  const first = await directory.claim("inst_1", a);
  await store.redis.flushall();
  expect(await directory.keep("inst_1", a, first)).toBe(true);
  expect(await directory.find("inst_1")).toEqual(a);
  const [key = ""] = await store.redis.keys("*tunnel*");
  expect(await store.redis.pttl(key)).toBeGreaterThan(5_000);
  expect(await store.redis.pttl(key)).toBeLessThanOrEqual(15_000);
});

test("a later holder counts also where Redis has forgotten the earlier one", async () => {
  const first = await directory.claim("inst_1", a);
  await store.redis.flushall();
  const second = await directory.claim("inst_1", b);
  expect(Number(second)).toBeGreaterThanOrEqual(Number(first));
  if (second !== first) expect(await directory.keep("inst_1", a, first)).toBe(false);
});
