import { createLogger } from "@drover/observability";
import { eventually, startRedis } from "@drover/testing";
import { expect, test } from "vitest";
import { repliesOf } from "./replies-of.ts";
import { Store } from "./store.ts";

test("what could not be read is an error, and never looks like what is not there", async () => {
  await using redis = await startRedis();
  const logger = createLogger({ service: "test", level: "silent" });
  await using store = Store.open({ url: redis.url, shards: 1, manner: "request", logger });
  await eventually(() => store.ping(1_000).then(() => true));
  const read = () => repliesOf(store.redis.pipeline().get("{drover-0}:a").get("{drover-0}:b"));
  expect(await read()).toEqual([null, null]);
  redis.freeze();
  const refused = expect(read()).rejects.toThrow();
  await redis.kill();
  await refused;
  await expect(read()).rejects.toThrow();
});
