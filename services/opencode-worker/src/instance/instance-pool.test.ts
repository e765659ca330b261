import { eventually } from "@drover/testing";
import { expect, test } from "vitest";
import { aPool, use } from "./instance-pool.fixture.ts";

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

test("one that has served its number of tasks, or its time, is replaced once nobody uses it", async () => {
  for (const life of [{ tasksMax: 2 }, { ageMsMax: 0 }]) {
    const { runtime, pool } = aPool(life);
    const trees = ["/w/ws-a", "/trees/1"].map((directory) => use("ws-a", { directory }));
    const [one, two] = await Promise.all(trees.map((request) => pool.acquire(request)));
    await one?.release();
    expect(runtime.living).toEqual(["ws-a"]);
    const three = await pool.acquire(use("ws-a"));
    expect(runtime.started).toHaveLength(1);
    await Promise.all([two?.release(), three.release()]);
    expect(runtime.living).toEqual([]);
    const four = await pool.acquire(use("ws-a"));
    expect(runtime.started).toHaveLength(2);
    await four.release();
    expect(runtime.living).toEqual(life.tasksMax === undefined ? [] : ["ws-a"]);
    await pool[Symbol.asyncDispose]();
  }
});

test("folders of one workspace are used at once, through one instance", async () => {
  const { pool, runtime } = aPool();
  const [own, tree] = await Promise.all([
    pool.acquire(use("a")),
    pool.acquire(use("a", { directory: "/trees/1" })),
  ]);
  expect(own.instance).toBe(runtime.started[0]);
  expect(tree.instance.client).not.toBe(own.instance.client);
  expect(tree.instance.spec).toBe(own.instance.spec);
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
