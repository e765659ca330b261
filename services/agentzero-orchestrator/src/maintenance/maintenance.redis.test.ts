import { newId } from "@drover/contracts";
import { createLogger, createMetrics } from "@drover/observability";
import { checkInvariants, defaultRetention, Scheduler, Store } from "@drover/queue";
import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startMaintenanceConsumer } from "./maintenance-consumer.ts";
import { UpkeepMetrics } from "./upkeep-metrics.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

function openStore(): Store {
  const logger = createLogger({ service: "test", level: "silent" });
  return Store.open({ url: redis.url, shards: 2, manner: "worker", logger });
}

const task = {
  agent: "diagnostics",
  type: "diagnostics",
  payload: { action: "echo", value: 1 },
  organizationId: "default",
  workspaceId: null,
  priority: "normal",
  maxAttempts: 3,
  timeoutSeconds: 30,
  delaySeconds: 0,
  labels: {},
  createdBy: "key_test",
  traceparent: null,
  step: null,
} as const;

test("with two orchestrators a task that never reached its queue is put there once, and one of them counts it", async () => {
  await using store = openStore();
  const id = newId("task");
  await new Scheduler(store).submit({ ...task, id });
  const shard = store.keyspace.shardOf("default");
  await store.queue(shard, "diagnostics").remove(id);
  const registries = [createMetrics("one"), createMetrics("two")];
  const start = (registry: (typeof registries)[number]) =>
    startMaintenanceConsumer({
      store,
      lockMs: 5_000,
      retention: defaultRetention,
      metrics: new UpkeepMetrics(registry),
    });
  const consumers = registries.map(start);
  const repaired = async () => {
    let total = 0;
    for (const registry of registries) {
      const text = await registry.metrics();
      total += Number(/drover_leaks_repaired_total\{.*kind="row_without_job".*\} (\d+)/.exec(text)?.[1]);
    }
    return total;
  };
  await eventually(async () => (await repaired()) > 0, { deadlineMs: 25_000, intervalMs: 200 });
  expect(await repaired()).toBe(1);
  expect(await store.queue(shard, "diagnostics").getJobState(id)).toBe("prioritized");
  expect(await checkInvariants(store, { full: true })).toMatchObject({
    ok: true,
    repaired_total: { row_without_job: 1 },
  });
  for (const consumer of consumers) await consumer[Symbol.asyncDispose]();
});
