import { createLogger } from "@drover/observability";
import { eventually, startRedis } from "@drover/testing";
import { RedisConnection } from "bullmq";
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { Consumer } from "../consumer.ts";
import { Store } from "../store.ts";

/** Ends what a consumer waits for jobs with, with an error, as an outage does that outlasts its tries. */
async function failWaiting(redis: Redis): Promise<boolean> {
  const clients = String(await redis.client("LIST"));
  const ids = [...clients.matchAll(/^id=(\d+) .*\bcmd=bzpopmin\b/gm)].map(([, id]) => Number(id));
  for (const id of ids) await redis.client("UNBLOCK", id, "ERROR");
  return ids.length > 0;
}

test("a consumer whose connection is never said to be back takes jobs again", async () => {
  await using server = await startRedis();
  const logger = createLogger({ service: "test", level: "silent" });
  await using store = Store.open({ url: server.url, shards: 1, manner: "worker", logger });
  const redis = new Redis(server.url);
  const shard = store.keyspace.site;
  const taken: string[] = [];
  await using _consumer = new Consumer({
    store,
    queue: "maintenance",
    concurrency: 1,
    lockMs: 2_000,
    handle: async (_shard, id) => {
      taken.push(id);
      return { kind: "done" };
    },
  });
  try {
    await store.queue(shard, "maintenance").add("job", {}, { jobId: "before" });
    await eventually(() => taken.includes("before"));
    // What a Cluster that comes back may leave behind: the connection is there, and the answer to the wait for it never comes.
    const reconnect = vi.spyOn(RedisConnection.prototype, "reconnect").mockReturnValue(new Promise(() => {}));
    await eventually(() => failWaiting(redis));
    await eventually(() => reconnect.mock.calls.length > 0);
    await store.queue(shard, "maintenance").add("job", {}, { jobId: "after" });
    await eventually(() => taken.includes("after"), { deadlineMs: 20_000 });
    expect(taken).toEqual(["before", "after"]);
  } finally {
    vi.restoreAllMocks();
    redis.disconnect();
  }
});
