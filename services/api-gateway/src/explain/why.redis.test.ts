import { explainTask, explainWorkflow, type WhyReason } from "@drover/contracts";
import { claimTask } from "@drover/queue";
import { RunEngine } from "@drover/workflow";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Bench, echo, idOf, startBench } from "../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** A worker that has spoken lately, so that nothing is held by its absence. */
async function aWorker(status: "available" | "unavailable" = "available"): Promise<void> {
  const { store } = bench.gateway.services;
  const words = {
    id: "worker-1",
    host: "here",
    concurrency: 1,
    active: 0,
    last_seen_at: new Date().toISOString(),
    status,
    reason: status === "available" ? null : "The engine is down.",
    agent: "diagnostics",
    service: "infra-worker",
  };
  await store.redis.hset(
    `${store.keyspace.site.prefix}:registry:diagnostics`,
    "worker-1",
    JSON.stringify(words),
  );
}

const shard = () => bench.gateway.services.store.keyspace.site;
const submit = async (more: object = {}) => {
  const reply = await bench.owner.call("POST", "/execute", { body: { ...echo(), ...more } });
  expect(reply.status, reply.text).toBe(202);
  return idOf(reply.body);
};
const take = (id: string, slotLeaseMs: number | null = null) =>
  claimTask(bench.gateway.services.store, shard(), id, "worker-1", slotLeaseMs);
const time = expect.stringMatching(/^\d{4}-.*Z$/);
const myself = async () => idOf((await bench.owner.call("GET", "/me")).body);

interface Row {
  readonly title: string;
  /** Brings a task into the state; answers its id and all reasons that hold then. */
  readonly state: () => Promise<{ id: string; reasons: Partial<Record<keyof WhyReason, unknown>>[] }>;
}

const rows: Row[] = [
  {
    title: "next in its lane",
    state: async () => ({
      id: await submit(),
      reasons: [{ code: "queued_behind", ref: "diagnostics", position: 1, ahead: 0 }],
    }),
  },
  {
    title: "behind others, in its own lane and over all, with an estimate from the rate",
    state: async () => {
      for (let n = 0; n < 2; n += 1) await submit({ priority: "urgent" });
      for (let n = 0; n < 3; n += 1) await submit();
      const { store } = bench.gateway.services;
      await store.redis.set(shard().finished("diagnostics", Math.floor(Date.now() / 60_000) - 1), 60);
      return {
        id: await submit(),
        reasons: [{ code: "queued_behind", position: 4, ahead: 5, until: time }],
      };
    },
  },
  {
    title: "submitted with a delay",
    state: async () => ({
      id: await submit({ delay_seconds: 60 }),
      reasons: [{ code: "delayed_until", until: time }],
    }),
  },
  {
    title: "between two attempts, and for what error",
    state: async () => {
      const id = await submit();
      const claim = await bench.claim(id);
      const error = { code: "agent_failed", message: "It broke.", retryable: true, attempt: 1 };
      await claim.defer(error, Date.now() + 60_000, false);
      return { id, reasons: [{ code: "delayed_until", ref: "agent_failed", until: time }] };
    },
  },
  {
    title: "its workspace is taken",
    state: async () => {
      const [holder, id] = [await submit({ workspace_id: "ws-1" }), await submit({ workspace_id: "ws-1" })];
      await take(holder, 60_000);
      await take(id, 60_000);
      return { id, reasons: [{ code: "no_free_slot", ref: holder }] };
    },
  },
  {
    title: "a quota of running tasks is used up",
    state: async () => {
      const limits = { per_agent: { diagnostics: { active_max: 1 } } };
      await bench.owner.call("PUT", "/quotas/default", { body: limits });
      const [holder, id] = [await submit(), await submit()];
      await take(holder);
      await take(id);
      return {
        id,
        reasons: [{ code: "quota_exceeded", ref: "default diagnostics", count: 1, limit: 1 }],
      };
    },
  },
  {
    title: "its queue is paused, by whom and since when",
    state: async () => {
      await bench.owner.call("POST", "/queues/diagnostics/pause");
      return {
        id: await submit(),
        reasons: [{ code: "queue_paused", ref: "diagnostics", by: await myself(), since: time }],
      };
    },
  },
  {
    title: "no worker serves its agent",
    state: async () => {
      await bench.gateway.services.store.redis.del(`${shard().prefix}:registry:diagnostics`);
      return { id: await submit(), reasons: [{ code: "no_live_worker", ref: "diagnostics" }] };
    },
  },
  {
    title: "its agent cannot work",
    state: async () => {
      const id = await submit();
      await aWorker("unavailable");
      return { id, reasons: [{ code: "agent_unavailable", message: "The engine is down." }] };
    },
  },
  {
    title: "it runs, and its end was asked for",
    state: async () => {
      const id = await submit();
      await take(id);
      await bench.owner.call("POST", `/tasks/${id}/cancel`);
      return {
        id,
        reasons: [{ code: "cancel_requested", by: await myself(), since: time }, { code: "running" }],
      };
    },
  },
  {
    title: "it has ended",
    state: async () => {
      const id = await submit();
      await bench.owner.call("POST", `/tasks/${id}/cancel`);
      return { id, reasons: [{ code: "final" }] };
    },
  },
];

/** Everything goes but the key of the callers, who are known to the gateway still. */
async function emptyAll(): Promise<void> {
  const { redis } = bench.gateway.services.store;
  const gone = (await redis.keys("*")).filter((key) => !key.includes(":access"));
  if (gone.length > 0) await redis.del(gone);
}

beforeEach(() => aWorker());
afterEach(() => emptyAll());

describe("GET /tasks/{id}/why tells all that holds a task", () => {
  test.each(rows)("$title", async ({ state }) => {
    const { id, reasons } = await state();
    const reply = await bench.owner.call("GET", `/tasks/${id}/why`);
    const told = explainTask.responses[200].schema.parse(reply.body);
    expect(told.reasons).toMatchObject(reasons);
  });
});

describe("GET /agentzero/workflows/{id}/why", () => {
  const step = (id: string, depends_on: string[] = []) => ({
    id,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: id },
    depends_on,
  });
  const why = async (id: string) => {
    const reply = await bench.owner.call("GET", `/agentzero/workflows/${id}/why`);
    return explainWorkflow.responses[200].schema.parse(reply.body);
  };
  const run = async () => {
    const body = { name: "three", steps: [step("a"), step("b", ["a"]), step("c", ["a", "b"])] };
    return idOf((await bench.owner.call("POST", "/agentzero/workflows", { body })).body);
  };

  test("of a run that nobody has begun", async () => {
    const told = await why(await run());
    expect(told).toMatchObject({ status: "pending", reasons: [{ code: "workflow_pending" }], count: 3 });
  });

  test("each step tells what it depends on, and one with a task what holds the task", async () => {
    const id = await run();
    const engine = new RunEngine(bench.gateway.services.store);
    await engine.begin(shard(), id, null);
    await engine.enqueueReady(shard(), id);
    expect(await why(id)).toMatchObject({
      status: "running",
      count: 3,
      steps: [
        { step_id: "a", status: "queued", reasons: [{ code: "queued_behind", ahead: 0 }] },
        { step_id: "b", status: "pending", reasons: [{ code: "waiting_for_step", ref: "a" }] },
        {
          step_id: "c",
          reasons: [
            { code: "waiting_for_step", ref: "a" },
            { code: "waiting_for_step", ref: "b" },
          ],
        },
      ],
    });
  });

  test("of a paused run: by whom, since when, and which tasks it holds", async () => {
    const id = await run();
    const engine = new RunEngine(bench.gateway.services.store);
    await engine.begin(shard(), id, null);
    await engine.enqueueReady(shard(), id);
    const paused = await bench.owner.call("POST", `/agentzero/workflows/${id}/pause`);
    expect(paused.status, paused.text).toBe(202);
    const [{ task_id: taskId = "" } = {}] = (await why(id)).steps;
    await take(taskId);
    const by = await myself();
    expect(await why(id)).toMatchObject({
      reasons: [{ code: "workflow_paused", by, since: time }],
      steps: [
        { step_id: "a", reasons: [{ code: "workflow_paused", ref: id, by, since: time }] },
        { step_id: "b", reasons: [{ code: "workflow_paused" }, { code: "waiting_for_step", ref: "a" }] },
        { step_id: "c" },
      ],
    });
  });
});
