import { createLogger } from "@drover/observability";
import { eventually, startRedisCluster, startWatchedRedis, type TestRedisCluster } from "@drover/testing";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  checkInvariants,
  claimTask,
  EventLog,
  QueueBoard,
  Scheduler,
  Store,
  sweepLeaks,
  TaskLedger,
  taskChecks,
} from "./index.ts";
import { newTask } from "./new-task.fixture.ts";

const logger = createLogger({ service: "test", level: "silent" });
const organizations = ["amber", "birch", "cedar", "dune", "ember", "fern", "grove"];

describe("on a Redis Cluster of three masters", () => {
  let cluster: TestRedisCluster;
  let store: Store;
  beforeAll(async () => {
    cluster = await startRedisCluster();
    store = Store.open({ url: cluster.url, shards: 3, manner: "worker", logger });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await cluster.stop();
  });

  test("the shards are on different servers", async () => {
    const sizes = async () => await Promise.all(mastersOf(store).map((node) => node.dbsize()));
    const before = await sizes();
    await new Scheduler(store).submitMany(organizations.map((organizationId) => newTask({ organizationId })));
    expect((await sizes()).every((size, node) => size > (before[node] ?? 0))).toBe(true);
  });

  test("one batch spreads over the servers, also when they have forgotten the scripts", async () => {
    const scheduler = new Scheduler(store);
    const tasks = () => organizations.map((organizationId) => newTask({ organizationId }));
    await scheduler.submitMany(tasks());
    for (const node of mastersOf(store)) await node.script("FLUSH");
    const again = tasks();
    const admissions = await scheduler.submitMany(again);
    expect(admissions).toEqual(again.map(({ id }) => ({ id })));
    const found = await Promise.all(again.map(({ id }) => new TaskLedger(store).find(id)));
    expect(found.map((task) => task?.status)).toEqual(again.map(() => "queued"));
  });

  test("lists, counts and upkeep cover every server", async () => {
    const ledger = new TaskLedger(store);
    const all = await ledger.list({ search: {}, visible: "all", limit: 200, afterId: undefined });
    expect(new Set(all.items.map((task) => task.organization_id))).toEqual(new Set(organizations));
    expect((await new QueueBoard(store).countsOf("diagnostics"))?.prioritized).toBe(all.count);
    for (const shard of store.keyspace.shards) expect(await sweepLeaks(store, shard, taskChecks)).toEqual({});
    expect(await checkInvariants(store, { full: true })).toMatchObject({
      ok: true,
      conservation: { accepted: all.count },
    });
  });

  test("events are followed across servers", async () => {
    await using log = new EventLog(store);
    const task = newTask({ organizationId: "cedar" });
    const shard = store.keyspace.shardOf("cedar");
    await new Scheduler(store).submit(task);
    const seen: string[] = [];
    const signal = AbortSignal.timeout(20_000);
    const following = (async () => {
      for await (const event of log.follow(shard, { kind: "task", id: task.id }, { signal }))
        seen.push(event.type);
    })();
    await eventually(() => seen.length === 1);
    const claimed = await claimTask(store, shard, task.id, "worker");
    if (claimed.kind === "claimed") await claimed.claim.complete({ output: 1, artifacts: [] });
    await following;
    expect(seen).toEqual(["task.queued", "task.started", "task.completed"]);
  });

  test("a server that is killed takes only its own organizations with it, and those with an error in time", async () => {
    await using requests = Store.open({ url: cluster.url, shards: 3, manner: "request", logger });
    const scheduler = new Scheduler(requests);
    await eventually(() => requests.ping(1_000).then(() => true));
    const [victim] = cluster.nodes;
    await victim?.kill();
    const startMs = Date.now();
    const outcomes = await Promise.allSettled(
      organizations.map((organizationId) => scheduler.submit(newTask({ organizationId }))),
    );
    expect(Date.now() - startMs).toBeLessThan(10_000);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["fulfilled", "rejected"]));
    await victim?.restart();
    await eventually(
      async () => {
        for (const organizationId of organizations) await scheduler.submit(newTask({ organizationId }));
        return true;
      },
      { deadlineMs: 20_000 },
    );
  });
});

const patient = { timeout: 180_000 };

test(
  "with Sentinel, what was acknowledged once a replica had it survives the loss of the master",
  patient,
  async () => {
    await using redis = await startWatchedRedis();
    await using store = Store.open({ url: redis.url, shards: 1, manner: "request", logger });
    await eventually(() => store.ping(1_000).then(() => true));
    const scheduler = new Scheduler(store);
    const acknowledged: string[] = [];
    const submit = async () => {
      const task = await scheduler.submit(newTask());
      await store.replicated(1, 1_000);
      acknowledged.push(task.id);
    };
    // On a busy machine the replica may be late: then that one is not acknowledged, and nothing is promised of it.
    await eventually(submit, { deadlineMs: 45_000 });
    for (let n = 0; n < 20; n += 1) await submit().catch(() => undefined);
    expect(acknowledged.length).toBeGreaterThan(1);
    const master = await redis.master();
    await master?.kill();
    // There is one replica: once it is the master, none has what is written to it.
    await eventually(async () => await scheduler.submit(newTask()), { deadlineMs: 45_000 });
    const refusal = await store.replicated(1, 100).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "redis_unavailable" });
    // Becoming the master costs a server's connections once more: reading what it has waits for the next.
    await using reader = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
    const ledger = new TaskLedger(reader);
    for (const id of acknowledged) expect(await ledger.find(id)).not.toBeNull();

    await master?.restart();
    await eventually(submit, { deadlineMs: 45_000 });
  },
);

test(
  "with Sentinel, a connection leaves a master that was replaced although it still runs",
  patient,
  async () => {
    await using redis = await startWatchedRedis();
    await using store = Store.open({ url: redis.url, shards: 1, manner: "worker", logger });
    const scheduler = new Scheduler(store);
    await scheduler.submit(newTask());
    const former = await redis.master();
    // Refused until the Sentinel has heard how far the replica is.
    await eventually(() => redis.failover(), { deadlineMs: 20_000 });
    await eventually(async () => ![undefined, former].includes(await redis.master()), { deadlineMs: 20_000 });
    await eventually(async () => await scheduler.submit(newTask()), { deadlineMs: 20_000 });
  },
);

function mastersOf(store: Store) {
  return store.redis instanceof Cluster ? store.redis.nodes("master") : [];
}
