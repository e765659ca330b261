import { RetryableFailure } from "@drover/errors";
import { Scheduler, TaskLedger } from "@drover/queue";
import { eventually } from "@drover/testing";
import { expect, test } from "vitest";
import { answer, final, newTask, redis, serve, store } from "./engine.fixture.ts";
import { isPassing } from "./outcome-writer.ts";

/** Redis refuses every write while it believes that its memory is full. */
const refuseWrites = () => store.redis.config("SET", "maxmemory", "1");
const allowWrites = () => store.redis.config("SET", "maxmemory", "0");

test.each(["completes", "fails and is tried again"])(
  "a task that %s while Redis refuses writes keeps its outcome: the attempt is not run again",
  async (how) => {
    let runs = 0;
    serve(async (task) => {
      runs += 1;
      if (task.attempt > 1) return answer(runs);
      await refuseWrites();
      setTimeout(() => allowWrites().catch(() => undefined), 400);
      if (how === "completes") return answer(runs);
      throw new RetryableFailure("agent_failed", "once", { retryAfterMs: 1 });
    });
    const { id } = await new Scheduler(store).submit(newTask());
    const times = how === "completes" ? 1 : 2;
    expect(await final(id)).toMatchObject({ status: "completed", attempt: times, result: { output: times } });
    expect(runs).toBe(times);
  },
);

test("a task that completes while Redis is dead keeps its outcome", async () => {
  let runs = 0;
  let restarted: Promise<void> = Promise.resolve();
  serve(async () => {
    runs += 1;
    await redis.kill();
    restarted = redis.restart();
    return answer("done");
  });
  const { id } = await new Scheduler(store).submit(newTask());
  await eventually(() => runs === 1);
  await restarted;
  await eventually(async () => (await new TaskLedger(store).find(id))?.status === "completed", {
    deadlineMs: 20_000,
  });
  expect(await final(id)).toMatchObject({ status: "completed", attempt: 1, result: { output: "done" } });
  expect(runs).toBe(1);
});

test("only what can pass is tried again", () => {
  const replied = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
  expect(isPassing(replied("OOM command not allowed when used memory > 'maxmemory'."))).toBe(true);
  expect(isPassing(replied("LOADING Redis is loading the dataset in memory"))).toBe(true);
  expect(isPassing(new Error("Connection is closed."))).toBe(true);
  expect(isPassing(replied("ERR user_script:1: wrong"))).toBe(false);
  expect(isPassing(new TypeError("a fault of ours"))).toBe(false);
});
