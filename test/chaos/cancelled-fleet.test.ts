import { cancelTask, EventLog } from "@drover/queue";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type WorkerFleet } from "./worker-fleet.ts";

const leaks = trackLeaks();
const workers = 3;
const concurrency = 50;
let fleet: WorkerFleet;
beforeAll(async () => {
  fleet = await startFleet({ lockSeconds: 30, concurrency });
  await Promise.all(Array.from({ length: workers }, (_, n) => fleet.start(`worker-${n}`)));
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await leaks.check();
});

const hang = { action: "fail", class: "hang" };

async function statuses(ids: readonly string[]): Promise<(string | null)[]> {
  const { redis, keyspace } = fleet.store;
  return await Promise.all(ids.map((id) => redis.hget(keyspace.site.task(id), "status")));
}

test("a cancel reaches 150 running agents in three processes within 500 ms (p99), and queued tasks never start", async () => {
  const { store } = fleet;
  const shard = store.keyspace.site;
  const running = await fleet.submit(Array.from({ length: workers * concurrency }, () => hang));
  await eventually(async () => (await statuses(running)).every((status) => status === "running"), {
    deadlineMs: 60_000,
  });
  const holders = await Promise.all(running.map((id) => store.redis.hget(shard.task(id), "worker")));
  expect(new Set(holders).size).toBe(workers);
  // Every slot is taken: these stand in the queue.
  const queued = await fleet.submit(Array.from({ length: 50 }, () => hang));
  for (const id of queued) expect(await cancelTask(store, shard, id, "key_test")).toBe("cancelled");

  await using log = new EventLog(store);
  const tookMs: number[] = [];
  const next = running.values();
  const lane = async () => {
    for (const id of next) {
      const startedMs = performance.now();
      expect(await cancelTask(store, shard, id, "key_test")).toBe("requested");
      // From the request to the final state in the ledger, so the agent had ended before.
      await log.waitFinal(shard, { kind: "task", id }, 30_000, new AbortController().signal);
      tookMs.push(performance.now() - startedMs);
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  tookMs.sort((a, b) => a - b);
  const p99 = tookMs[Math.ceil(tookMs.length * 0.99) - 1];
  expect(tookMs).toHaveLength(150);
  expect(p99).toBeLessThan(500);
  expect(new Set(await statuses([...running, ...queued]))).toEqual(new Set(["cancelled"]));
  // The slots are free now; had a queued one not been stopped, it would have started.
  const [last = ""] = await fleet.submit([{ action: "echo", value: 1 }]);
  await eventually(async () => (await statuses([last]))[0] === "completed");
  for (const id of queued) {
    const events = await log.read(shard, { kind: "task", id }, undefined);
    expect(events.map(({ type }) => type)).toEqual(["task.queued", "task.cancelled"]);
  }
});
