import { createLogger } from "@drover/observability";
import { eventually } from "@drover/testing";
import { createOpencodeClient } from "@opencode-ai/sdk/v2";
import { expect, test } from "vitest";
import { InstancePool } from "./instance-pool.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";

/** A server that only says that it is well. */
class PretendedInstance implements Instance {
  readonly version = "1.0.0";
  readonly client;
  readonly exited: Promise<string>;
  alive = true;
  healthy = true;
  exit: () => void = () => {};
  readonly spec: InstanceSpec;

  constructor(spec: InstanceSpec) {
    this.spec = spec;
    this.client = createOpencodeClient({
      baseUrl: "http://pretended",
      fetch: async () => Response.json({ healthy: this.healthy, version: this.version }),
    });
    this.exited = new Promise((resolve) => {
      this.exit = () => {
        this.alive = false;
        resolve("it was told to");
      };
    });
  }

  modelFault() {
    return null;
  }

  redact(text: string) {
    return text;
  }

  async [Symbol.asyncDispose]() {
    this.exit();
  }
}

class PretendedRuntime implements InstanceRuntime {
  readonly started: PretendedInstance[] = [];
  fail: Error | null = null;

  async start(spec: InstanceSpec) {
    if (this.fail !== null) throw this.fail;
    const instance = new PretendedInstance(spec);
    this.started.push(instance);
    return instance;
  }

  get living() {
    return this.started.filter((instance) => instance.alive).map((instance) => instance.spec.workspaceId);
  }

  async [Symbol.asyncDispose]() {}
}

const spec = (workspaceId: string, organizationId = "default") => ({
  organizationId,
  workspaceId,
  directory: `/w/${workspaceId}`,
});

function aPool(settings: { instancesMax?: number; idleMs?: number } = {}) {
  const runtime = new PretendedRuntime();
  const logger = createLogger({ service: "test", level: "silent" });
  const pool = new InstancePool({ runtime, instancesMax: 2, idleMs: 60_000, logger, ...settings });
  return { runtime, pool };
}

test("a workspace keeps its instance from one task to the next, and its tasks exclude each other", async () => {
  const { pool, runtime } = aPool();
  const first = await pool.acquire(spec("a"));
  await expect(pool.acquire(spec("a"))).rejects.toMatchObject({
    name: "CapacityFailure",
    code: "no_free_slot",
  });
  await first.release();
  const second = await pool.acquire(spec("a"));
  expect(second.instance).toBe(first.instance);
  expect(runtime.started).toHaveLength(1);
  await pool[Symbol.asyncDispose]();
  expect(runtime.living).toEqual([]);
});

test("equal names in two organizations are two instances", async () => {
  const { pool, runtime } = aPool();
  const [a, b] = await Promise.all([pool.acquire(spec("a")), pool.acquire(spec("a", "other"))]);
  expect(a.instance).not.toBe(b.instance);
  expect(runtime.living).toEqual(["a", "a"]);
  await pool[Symbol.asyncDispose]();
});

test("the limit holds under a rush, and the longest idle one makes room", async () => {
  const { pool, runtime } = aPool();
  const rush = await Promise.allSettled(["a", "b", "c", "d"].map((name) => pool.acquire(spec(name))));
  expect(rush.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
  for (const outcome of rush) if (outcome.status === "fulfilled") await outcome.value.release();
  await pool.acquire(spec("c"));
  expect(runtime.living).toEqual(["b", "c"]);
  await pool[Symbol.asyncDispose]();
});

test("a sick one is replaced, and so is one that has ended", async () => {
  const { pool, runtime } = aPool();
  await (await pool.acquire(spec("a"))).release();
  for (const instance of runtime.started) instance.healthy = false;
  await (await pool.acquire(spec("a"))).release();
  expect(runtime.started).toHaveLength(2);
  runtime.started[1]?.exit();
  await (await pool.acquire(spec("a"))).release();
  expect(runtime.started).toHaveLength(3);
  await pool[Symbol.asyncDispose]();
});

test("one that is not reusable is ended, and whoever comes meanwhile waits for a new one", async () => {
  const { pool, runtime } = aPool();
  const first = await pool.acquire(spec("a"));
  let decide: (reusable: boolean) => void = () => {};
  const released = first.release(
    new Promise((resolve) => {
      decide = resolve;
    }),
  );
  const next = pool.acquire(spec("a"));
  decide(false);
  await released;
  expect((await next).instance).not.toBe(first.instance);
  expect(runtime.living).toEqual(["a"]);
  await pool[Symbol.asyncDispose]();
});

test("a start that fails leaves the place free", async () => {
  const { pool, runtime } = aPool({ instancesMax: 1 });
  runtime.fail = new Error("no");
  await expect(pool.acquire(spec("a"))).rejects.toThrow("no");
  runtime.fail = null;
  await (await pool.acquire(spec("b"))).release();
  await pool[Symbol.asyncDispose]();
});

test("an idle one ends after its time, and a closed pool starts nothing", async () => {
  const { pool, runtime } = aPool({ idleMs: 10 });
  await (await pool.acquire(spec("a"))).release();
  await eventually(() => runtime.living.length === 0);
  await pool[Symbol.asyncDispose]();
  await expect(pool.acquire(spec("a"))).rejects.toMatchObject({ code: "shutting_down" });
});
