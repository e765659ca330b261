import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type FleetWorker, startFleet, type WorkerFleet } from "./worker-fleet.ts";

const leaks = trackLeaks();
let fleet: WorkerFleet;
beforeAll(async () => {
  fleet = await startFleet({ lockSeconds: 1, concurrency: 10 });
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await leaks.check();
});

/** All that Redis holds of a task: its row, its result, its events, its place in any index. */
async function traceOf(taskId: string) {
  const { redis } = fleet.store;
  const shard = fleet.store.keyspace.site;
  const [row, result, events, unfinished, letters] = await Promise.all([
    redis.hgetall(shard.task(taskId)),
    redis.get(shard.taskResult(taskId)),
    redis.xrange(shard.events({ kind: "task", id: taskId }), "-", "+"),
    redis.sismember(shard.unfinished("diagnostics"), taskId),
    redis.zcard(shard.index("dead-letters", "default")),
  ]);
  return { row, result, events, unfinished, letters };
}

const presence = z.object({ last_seen_at: z.string(), active: z.number() });

/** How many tasks a worker says that it runs, once it has spoken after `sinceMs`. */
async function activeOf({ name }: FleetWorker, sinceMs: number): Promise<number | false> {
  const key = `${fleet.store.keyspace.site.prefix}:registry:diagnostics`;
  const words = presence.parse(JSON.parse((await fleet.store.redis.hget(key, name)) ?? "{}"));
  return Date.parse(words.last_seen_at) > sinceMs ? words.active : false;
}

test.each([
  {
    title: "still working when it goes on",
    pair: "working",
    payload: { action: "fail", class: "hang", times: 1, value: "the second's" },
    output: "the second's",
    ends: "lock_lost",
  },
  {
    title: "done the moment it goes on",
    pair: "done",
    payload: { action: "sleep", ms: 2_500, value: "slept" },
    output: "slept",
    ends: undefined,
  },
])(
  "a worker stopped past its lock and then continued changes nothing of a task that another completed: $title",
  async ({ pair, payload, output, ends }) => {
    const stale = await fleet.start(`stale-${pair}`);
    const [id = ""] = await fleet.submit([payload]);
    const { redis, keyspace } = fleet.store;
    const row = keyspace.site.task(id);
    await eventually(async () => (await redis.hget(row, "status")) === "running", { deadlineMs: 20_000 });
    expect(await redis.hget(row, "worker")).toBe(stale.name);
    stale.process.signal("SIGSTOP");
    const other = await fleet.start(`other-${pair}`);
    await eventually(async () => (await redis.hget(row, "status")) === "completed", { deadlineMs: 40_000 });
    const before = await traceOf(id);
    expect(before.row).toMatchObject({ worker: other.name, attempt: "2" });
    expect(JSON.parse(before.result ?? "null")).toMatchObject({ output });
    expect(before.events.filter(([, fields]) => fields.includes("task.completed"))).toHaveLength(1);

    const continuedMs = Date.now();
    stale.process.signal("SIGCONT");
    await eventually(async () => (await activeOf(stale, continuedMs)) === 0, { deadlineMs: 30_000 });
    const log = await stale.log();
    expect(log.some(({ msg }) => msg === "task completed")).toBe(false);
    if (ends !== undefined) expect(log.some(({ code }) => code === ends)).toBe(true);
    expect(await traceOf(id)).toEqual(before);
    await stale.process.stop(10_000);
    await other.process.stop(10_000);
  },
);
