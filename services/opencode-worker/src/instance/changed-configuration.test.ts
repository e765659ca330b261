import { expect, test } from "vitest";
import { aPool, use } from "./instance-pool.fixture.ts";

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
  expect(back.instance.spec.configuration?.revision).toBe("2");
  expect(runtime.started).toHaveLength(2);
  await pool[Symbol.asyncDispose]();
});
