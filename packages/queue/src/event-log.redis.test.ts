import { createLogger } from "@drover/observability";
import { startRedis } from "@drover/testing";
import { expect, test } from "vitest";
import { EventLog } from "./event-log.ts";
import { newTask } from "./new-task.fixture.ts";
import { QueueBoard } from "./queue-board.ts";
import { Scheduler } from "./scheduler.ts";
import { Store } from "./store.ts";
import { claimTask } from "./task-claim.ts";

const logger = createLogger({ service: "test", level: "silent" });

test("the first waiter of a process hears of an end that follows at once", async () => {
  await using redis = await startRedis();
  await using store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  await using log = new EventLog(store);
  const shard = store.keyspace.site;
  const { id } = await new Scheduler(store).submit(newTask());
  const outcome = await claimTask(store, shard, id, "worker");
  if (outcome.kind !== "claimed") throw new Error(outcome.kind);
  const startMs = Date.now();
  const waiting = log.waitFinal(shard, { kind: "task", id }, 20_000, AbortSignal.timeout(20_000));
  await outcome.claim.complete({ output: 1, artifacts: [] });
  await waiting;
  // By itself it looks again after three seconds.
  expect(Date.now() - startMs).toBeLessThan(2_500);
});

test("a task that was submitted for later does not count as waiting", async () => {
  await using redis = await startRedis();
  await using store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  const scheduler = new Scheduler(store);
  const board = new QueueBoard(store);
  const later = await scheduler.submit(newTask({ delaySeconds: 3600 }));
  expect(await board.agentQueueState("diagnostics")).toMatchObject({ oldestWaitingSeconds: null });
  const now = await scheduler.submit(newTask());
  expect(await board.agentQueueState("diagnostics")).toMatchObject({ oldestWaitingSeconds: 0 });
  const line = await store.redis.zrange(store.keyspace.site.waiting("diagnostics"), "0", "-1");
  expect(line).toEqual([now.id, later.id]);
});
