import { expect, test, vi } from "vitest";
import { DeadLetters } from "./dead-letters.ts";
import { mirrorDeadLetters } from "./upkeep/mirror-dead-letters.ts";
import { fail, failed, store, submitted } from "./upkeep/upkeep.fixture.ts";

const page = { visible: "all", limit: 10, afterId: undefined } as const;

test("a dead letter tells every death of its task: the worker, the error, and who queued it again", async () => {
  const id = await submitted();
  const letters = new DeadLetters(store);
  const newest = async () => (await letters.list({ ...page, search: {} })).items[0]?.id ?? "";
  await fail(id, "worker-1");
  const first = await newest();
  await letters.redrive(first, "key_one");
  await fail(id, "worker-2");
  const second = await newest();
  await letters.redrive(second, "key_two");
  await fail(id, "worker-3");
  const record = await letters.inspect(await newest());
  expect(record).toMatchObject({ task_id: id, reason: "agent_failed" });
  expect(record?.deaths).toMatchObject([
    { dead_letter_id: first, worker: "worker-1", attempts: 1, redriven_by: "key_one" },
    { dead_letter_id: second, worker: "worker-2", error: { code: "agent_failed" }, redriven_by: "key_two" },
    { worker: "worker-3", redriven_by: null, redriven_at: null },
  ]);
  expect(await letters.inspect(first)).toBeNull();
});

test("a search purges what it finds and nothing else; the tasks stay failed", async () => {
  const letters = new DeadLetters(store);
  const id = await failed({ organizationId: "acme" });
  await failed({ organizationId: "globex" });
  expect(await letters.purgeMatching({ organization: "acme" }, "all")).toEqual({ purged: 1, remaining: 0 });
  const left = await letters.list({ ...page, search: {} });
  expect(left.items.map((letter) => letter.organization_id)).toEqual(["globex"]);
  const shard = store.keyspace.shardOf("acme");
  expect(await store.redis.hget(shard.task(id), "status")).toBe("failed");
});

test("a letter that is dropped while the dashboard's queue is being filled is not left in it", async () => {
  const letters = new DeadLetters(store);
  for (const organizationId of ["acme", "acme"]) await failed({ organizationId });
  const [kept = "", dropped = ""] = (await letters.list({ ...page, search: {} })).items.map(({ id }) => id);
  const shard = store.keyspace.shardOf("acme");
  const queue = store.queue(shard, "dead-letter");
  const add = queue.addBulk.bind(queue);
  vi.spyOn(queue, "addBulk").mockImplementation(async (jobs) => {
    await letters.delete(dropped);
    return await add(jobs);
  });
  await mirrorDeadLetters(store, shard);
  expect(await queue.getJob(dropped)).toBeUndefined();
  expect((await queue.getJob(kept))?.id).toBe(kept);
});
