/** A Redis of its own with a store, and tasks brought into each state: what tests of upkeep work with. */
import { createLogger } from "@drover/observability";
import { startRedis, type TestRedis } from "@drover/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { cancelTask } from "../cancellation.ts";
import { newTask } from "../new-task.fixture.ts";
import { Scheduler } from "../scheduler.ts";
import type { Shard } from "../shard.ts";
import { Store } from "../store.ts";
import { claimTask, type TaskClaim } from "../task-claim.ts";
import type { NewTask } from "../task-spec.ts";

let redis: TestRedis;
export let store: Store;
export let shard: Shard;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await store?.[Symbol.asyncDispose]();
  store = Store.open({
    url: redis.url,
    shards: 1,
    manner: "worker",
    logger: createLogger({ service: "test", level: "silent" }),
  });
  shard = store.keyspace.site;
  await store.redis.flushall();
});
afterAll(() => store[Symbol.asyncDispose]());

const broken = { code: "agent_failed", message: "It broke.", retryable: true, attempt: 1 };

export async function submitted(more: Partial<NewTask> = {}): Promise<string> {
  return (await new Scheduler(store).submit(newTask(more))).id;
}

export async function claimed(id: string, worker = "worker-1"): Promise<TaskClaim> {
  const outcome = await claimTask(store, shard, id, worker);
  if (outcome.kind !== "claimed") throw new Error(`the claim was ${outcome.kind}`);
  return outcome.claim;
}

export async function completed(more: Partial<NewTask> = {}): Promise<string> {
  const id = await submitted(more);
  await (await claimed(id)).complete({ output: 1, artifacts: [] });
  return id;
}

/** A task that failed for good, with its dead letter. */
export async function failed(more: Partial<NewTask> = {}): Promise<string> {
  const id = await submitted(more);
  await (await claimed(id)).fail(broken);
  return id;
}

export async function cancelled(more: Partial<NewTask> = {}): Promise<string> {
  const id = await submitted(more);
  await cancelTask(store, shard, id, "key_test");
  return id;
}

export async function fail(id: string, worker: string): Promise<void> {
  await (await claimed(id, worker)).fail(broken);
}
