import { executeTask } from "@drover/contracts";
import { startStack } from "@drover/embedded";
import { eventually } from "@drover/testing";
import { expect, test } from "vitest";
import { ask, prefix } from "../e2e/api.ts";

test("SIGKILL of Redis under load: every acknowledged task completes, each result stands once, outages are 503 in time", async () => {
  await using stack = await startStack({ serviceEnvironment: { "*": { DROVER_LOCK_SECONDS: "2" } } });
  const { client } = stack;
  const acknowledged = new Map<string, number>();
  const refusals: { status: number; ms: number }[] = [];
  let loading = true;
  const load = async (lane: number) => {
    for (let n = 0; loading; n += 1) {
      const value = lane * 100_000 + n;
      const startedMs = Date.now();
      const answer = await ask(stack, `${prefix}/execute`, {
        body: { type: "diagnostics", payload: { action: "sleep", ms: 20, value } },
      });
      if (answer.status === 202) acknowledged.set(String(Object(answer.body)["id"]), value);
      else refusals.push({ status: answer.status, ms: Date.now() - startedMs });
    }
  };
  const lanes = [0, 1, 2, 3].map(load);
  for (let kill = 1; kill <= 3; kill += 1) {
    const target = acknowledged.size + 60;
    await eventually(() => acknowledged.size >= target, { deadlineMs: 30_000 });
    await stack.redis.kill();
    const refused = refusals.length;
    await eventually(() => refusals.length > refused, { deadlineMs: 10_000 });
    await stack.redis.restart();
  }
  const target = acknowledged.size + 20;
  await eventually(() => acknowledged.size >= target, { deadlineMs: 30_000 });
  loading = false;
  await Promise.all(lanes);

  expect(refusals.every(({ status }) => status === 503)).toBe(true);
  expect(Math.max(...refusals.map(({ ms }) => ms))).toBeLessThan(6_000);
  const run = await client.call(executeTask, {
    body: { type: "diagnostics", payload: { action: "echo", value: "after" } },
  });
  await client.waitForTask(run.id, { timeoutMs: 30_000 });
  for (const [id, value] of acknowledged) {
    const task = await client.waitForTask(id, { timeoutMs: 60_000 });
    expect(task).toMatchObject({ status: "completed", result: { output: value } });
  }
  const [first = ""] = acknowledged.keys();
  const completed = [];
  for await (const event of client.taskEvents(first))
    if (event.type === "task.completed") completed.push(event);
  expect(completed).toHaveLength(1);
});
