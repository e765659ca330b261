import { newId } from "@drover/contracts";
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

/** A use of the workspace's own folder by a new task, or of the folder by the task that `more` says. */
const use = (
  workspaceId: string,
  more: { org?: string; taskId?: string; directory?: string; revision?: string } = {},
) => {
  const { org: organizationId = "default", taskId = newId("task"), directory = `/w/${workspaceId}` } = more;
  const { revision = "1" } = more;
  const configuration = { revision, settings: [] };
  const spec = {
    organizationId,
    workspaceId,
    directory: `/w/${workspaceId}`,
    registration: null,
    configuration,
  };
  return { spec, taskId, directory };
};

function aPool(settings: { instancesMax?: number; idleMs?: number } = {}) {
  const runtime = new PretendedRuntime();
  const logger = createLogger({ service: "test", level: "silent" });
  const pool = new InstancePool({ runtime, instancesMax: 2, idleMs: 60_000, logger, ...settings });
  return { runtime, pool };
}

test("a workspace keeps its instance from one task to the next, and its tasks exclude each other", async () => {
  const { pool, runtime } = aPool();
  const first = await pool.acquire(use("a"));
  await expect(pool.acquire(use("a"))).rejects.toMatchObject({
    name: "CapacityFailure",
    code: "no_free_slot",
  });
  await first.release();
  const second = await pool.acquire(use("a"));
  expect(second.instance).toBe(first.instance);
  expect(runtime.started).toHaveLength(1);
  await pool[Symbol.asyncDispose]();
  expect(runtime.living).toEqual([]);
});

test("equal names in two organizations are two instances", async () => {
  const { pool, runtime } = aPool();
  const [a, b] = await Promise.all([pool.acquire(use("a")), pool.acquire(use("a", { org: "other" }))]);
  expect(a.instance).not.toBe(b.instance);
  expect(runtime.living).toEqual(["a", "a"]);
  await pool[Symbol.asyncDispose]();
});

test("the limit holds under a rush, and the longest idle one makes room", async () => {
  const { pool, runtime } = aPool();
  const rush = await Promise.allSettled(["a", "b", "c", "d"].map((name) => pool.acquire(use(name))));
  expect(rush.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
  for (const outcome of rush) if (outcome.status === "fulfilled") await outcome.value.release();
  await pool.acquire(use("c"));
  expect(runtime.living).toEqual(["b", "c"]);
  await pool[Symbol.asyncDispose]();
});

test("a sick one is replaced, and so is one that has ended", async () => {
  const { pool, runtime } = aPool();
  await (await pool.acquire(use("a"))).release();
  for (const instance of runtime.started) instance.healthy = false;
  await (await pool.acquire(use("a"))).release();
  expect(runtime.started).toHaveLength(2);
  runtime.started[1]?.exit();
  await (await pool.acquire(use("a"))).release();
  expect(runtime.started).toHaveLength(3);
  await pool[Symbol.asyncDispose]();
});

test("one that is not reusable is ended, and whoever comes meanwhile waits for a new one", async () => {
  const { pool, runtime } = aPool();
  const first = await pool.acquire(use("a"));
  let decide: (reusable: boolean) => void = () => {};
  const released = first.release(
    new Promise((resolve) => {
      decide = resolve;
    }),
  );
  const next = pool.acquire(use("a"));
  decide(false);
  await released;
  expect((await next).instance).not.toBe(first.instance);
  expect(runtime.living).toEqual(["a"]);
  await pool[Symbol.asyncDispose]();
});

test("a start that fails leaves the place free", async () => {
  const { pool, runtime } = aPool({ instancesMax: 1 });
  runtime.fail = new Error("no");
  await expect(pool.acquire(use("a"))).rejects.toThrow("no");
  runtime.fail = null;
  await (await pool.acquire(use("b"))).release();
  await pool[Symbol.asyncDispose]();
});

test("an idle one ends after its time, and a closed pool starts nothing", async () => {
  const { pool, runtime } = aPool({ idleMs: 10 });
  await (await pool.acquire(use("a"))).release();
  await eventually(() => runtime.living.length === 0);
  await pool[Symbol.asyncDispose]();
  await expect(pool.acquire(use("a"))).rejects.toMatchObject({ code: "shutting_down" });
});

test("folders of one workspace are used at once, through one instance", async () => {
  const { pool, runtime } = aPool();
  const [own, tree] = await Promise.all([
    pool.acquire(use("a")),
    pool.acquire(use("a", { directory: "/trees/1" })),
  ]);
  expect(own.instance).toBe(tree.instance);
  expect(runtime.started).toHaveLength(1);
  await expect(pool.acquire(use("a", { directory: "/trees/1" }))).rejects.toMatchObject({
    code: "no_free_slot",
  });
  await pool[Symbol.asyncDispose]();
});

test("an instance that is to be replaced serves out those who use it, and takes nobody new", async () => {
  const { pool, runtime } = aPool();
  const [own, tree] = [await pool.acquire(use("a")), await pool.acquire(use("a", { directory: "/t" }))];
  await own.release(false);
  expect(runtime.living).toEqual(["a"]);
  await expect(pool.acquire(use("a"))).rejects.toMatchObject({ code: "no_free_slot" });
  await tree.release();
  expect(runtime.living).toEqual([]);
  expect((await pool.acquire(use("a"))).instance).not.toBe(own.instance);
  await pool[Symbol.asyncDispose]();
});

test("what a waiting task keeps is there when it comes again", async () => {
  const { pool, runtime } = aPool();
  const first = await pool.acquire(use("a", { taskId: "task_1" }));
  first.keep(async () => true);
  await first.release();
  const again = await pool.acquire(use("a", { taskId: "task_1" }));
  expect(again.instance).toBe(first.instance);
  expect(runtime.started).toHaveLength(1);
  await pool[Symbol.asyncDispose]();
});

test.each(["another task needs the folder", "its task has ended"])(
  "what a waiting task keeps is ended when %s",
  async (why) => {
    const { pool, runtime } = aPool();
    const first = await pool.acquire(use("a", { taskId: "task_1" }));
    let discarded = 0;
    first.keep(async () => {
      discarded += 1;
      return true;
    });
    if (why === "its task has ended") pool.abandon("task_1");
    await (await pool.acquire(use("a"))).release();
    expect(discarded).toBe(1);
    expect(runtime.started).toHaveLength(1);
    await pool[Symbol.asyncDispose]();
  },
);

test("an instance that only waiting tasks keep makes room, but after those that nobody keeps", async () => {
  const { pool, runtime } = aPool();
  (await pool.acquire(use("a", { taskId: "task_1" }))).keep(async () => true);
  await (await pool.acquire(use("b"))).release();
  await pool.acquire(use("c"));
  expect(runtime.living).toEqual(["a", "c"]);
  await pool.acquire(use("d"));
  expect(runtime.living).toEqual(["c", "d"]);
  await expect(pool.acquire(use("a", { taskId: "task_1" }))).rejects.toMatchObject({ code: "no_free_slot" });
  await pool[Symbol.asyncDispose]();
});

test("another configuration is a new instance for the next task, and the same one is not", async () => {
  const { pool, runtime } = aPool();
  await (await pool.acquire(use("a", { revision: "1" }))).release();
  await (await pool.acquire(use("a", { revision: "1" }))).release();
  expect(runtime.started).toHaveLength(1);
  const next = await pool.acquire(use("a", { revision: "2" }));
  expect(next.instance.spec.configuration?.revision).toBe("2");
  expect(runtime.living).toEqual(["a"]);
  await pool[Symbol.asyncDispose]();
});

test("who needs another configuration waits for those at work, and nobody comes before it", async () => {
  const { pool, runtime } = aPool();
  const running = await pool.acquire(use("a", { revision: "1" }));
  const tree = { directory: "/t" };
  const changed = () => pool.acquire(use("a", { revision: "2", ...tree }));
  await expect(changed()).rejects.toMatchObject({ name: "CapacityFailure", code: "no_free_slot" });
  await expect(pool.acquire(use("a", { revision: "1", ...tree }))).rejects.toMatchObject({
    code: "no_free_slot",
  });
  expect(runtime.started[0]?.alive).toBe(true);
  await running.release();
  expect((await changed()).instance.spec.configuration?.revision).toBe("2");
  await pool[Symbol.asyncDispose]();
});

test("a task that waited goes on with the instance that it left, and gives way to a change of others", async () => {
  const { pool, runtime } = aPool();
  const waiting = use("a", { revision: "1", taskId: "waits" });
  (await pool.acquire(waiting)).keep(async () => true);
  const again = await pool.acquire(use("a", { revision: "2", taskId: "waits" }));
  expect(runtime.started).toHaveLength(1);
  again.keep(async () => true);
  const other = await pool.acquire(use("a", { revision: "2", directory: "/t" }));
  expect(runtime.started).toHaveLength(2);
  expect(other.instance.spec.configuration?.revision).toBe("2");
  const back = await pool.acquire(use("a", { revision: "2", taskId: "waits" }));
  expect(back.instance).toBe(other.instance);
  await pool[Symbol.asyncDispose]();
});
