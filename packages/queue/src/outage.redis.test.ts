import { createLogger } from "@drover/observability";
import { eventually, startRedis } from "@drover/testing";
import { expect, test } from "vitest";
import { EventLog } from "./event-log.ts";
import { newTask } from "./new-task.fixture.ts";
import { Scheduler } from "./scheduler.ts";
import { Store } from "./store.ts";
import { claimTask } from "./task-claim.ts";

const logger = createLogger({ service: "test", level: "silent" });
test("while Redis is down or frozen a submission fails in time, and works again when it is back", async () => {
  await using redis = await startRedis({ appendOnly: true });
  await using store = Store.open({ url: redis.url, shards: 1, manner: "request", logger });
  const scheduler = new Scheduler(store);
  await eventually(() => store.ping(500).then(() => true));
  await scheduler.submit(newTask());
  await redis.kill();
  await failsWithin(4_000, () => scheduler.submit(newTask()));
  await expect(store.ping(500)).rejects.toMatchObject({ code: "redis_unavailable" });
  await redis.restart();
  await eventually(() => store.ping(500).then(() => true));
  await scheduler.submit(newTask());
  redis.freeze();
  await failsWithin(4_000, () => scheduler.submit(newTask()));
  redis.thaw();
});

test("a follower of events loses none over a Redis that was killed and came back", async () => {
  await using redis = await startRedis({ appendOnly: true });
  await using store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  await using log = new EventLog(store);
  const task = newTask();
  await new Scheduler(store).submit(task);
  const seen: string[] = [];
  const following = (async () => {
    const options = { signal: AbortSignal.timeout(15_000) };
    for await (const event of log.follow(store.keyspace.site, { kind: "task", id: task.id }, options))
      seen.push(event.type);
  })();
  await eventually(() => seen.length === 1);
  await redis.kill();
  await redis.restart();
  const outcome = await claimTask(store, store.keyspace.site, task.id, "worker");
  if (outcome.kind !== "claimed") throw new Error(outcome.kind);
  await outcome.claim.complete({ output: 1, artifacts: [] });
  await following;
  expect(seen).toEqual(["task.queued", "task.started", "task.completed"]);
});

async function failsWithin(deadlineMs: number, work: () => Promise<unknown>): Promise<void> {
  const startedMs = Date.now();
  await expect(work()).rejects.toBeInstanceOf(Error);
  expect(Date.now() - startedMs).toBeLessThan(deadlineMs);
}
