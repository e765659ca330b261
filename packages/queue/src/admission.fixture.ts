/** A store on a Redis of its own, and an organization `acme` whose tasks are submitted and claimed: what tests of admission need. */
import { createLogger } from "@drover/observability";
import { startRedis, type TestRedis } from "@drover/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { newTask } from "./new-task.fixture.ts";
import { Quotas } from "./quotas.ts";
import { Scheduler } from "./scheduler.ts";
import type { Shard } from "./shard.ts";
import { Store } from "./store.ts";
import { type ClaimOutcome, claimTask, type TaskClaim } from "./task-claim.ts";
import { TaskLedger } from "./task-ledger.ts";
import type { NewTask } from "./task-spec.ts";

let redis: TestRedis;
export let store: Store;
export let shard: Shard;
export let quotas: Quotas;
export let scheduler: Scheduler;

beforeAll(async () => {
  redis = await startRedis();
  const logger = createLogger({ service: "test", level: "silent" });
  store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
  shard = store.keyspace.site;
  quotas = new Quotas(store);
  scheduler = new Scheduler(store);
});
beforeEach(async () => {
  await store.redis.flushall();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await redis.stop();
});

export const acme = { organizationId: "acme", workspaceId: null };
export const inAcme = (more: Partial<NewTask> = {}) => newTask({ organizationId: "acme", ...more });

/** What is used of acme's quota. */
export const usage = async (workspaceId: string | null = null) =>
  (await quotas.find({ organizationId: "acme", workspaceId })).usage;

export async function submitted(more: Partial<NewTask> = {}): Promise<string> {
  return (await scheduler.submit(inAcme(more))).id;
}

export async function claim(id: string, slotLeaseMs: number | null = null): Promise<ClaimOutcome> {
  return await claimTask(store, shard, id, "worker", slotLeaseMs);
}

export async function claimed(id: string, slotLeaseMs: number | null = null): Promise<TaskClaim> {
  const outcome = await claim(id, slotLeaseMs);
  if (outcome.kind !== "claimed") throw new Error(`the claim was ${outcome.kind}`);
  return outcome.claim;
}

export const result = { output: 1, artifacts: [] };
export const statusOf = async (id: string) => (await new TaskLedger(store).find(id))?.status;
/** Whether it was told to start and has not yet. */
export const isCalled = async (id: string) =>
  (await store.redis.zscore(`${shard.prefix}:woken`, id)) !== null;
