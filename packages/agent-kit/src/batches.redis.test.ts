import { type AgentDescriptor, diagnostics } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { Scheduler } from "@drover/queue";
import { eventually } from "@drover/testing";
import { RunLedger } from "@drover/workflow";
import { expect, test } from "vitest";
import type { AgentContext, AgentTask } from "./agent.ts";
import { answer, echo, final, newTask, serve, store } from "./engine.fixture.ts";

const descriptor: AgentDescriptor = {
  ...diagnostics,
  actions: {
    ...diagnostics.actions,
    echo: { ...diagnostics.actions.echo, batch: { maxSize: 8, maxWaitMs: 300 } },
  },
};

/** Serves an agent whose batches are seen. */
function serveBatches(each: (task: AgentTask, context: AgentContext) => Promise<unknown>, concurrency = 40) {
  const batches: string[][] = [];
  serve(echo, descriptor, concurrency, "w", {
    executeBatch: (tasks, contexts) => {
      batches.push(tasks.map(({ id }) => id));
      return tasks.map(async (task, position) => {
        const context = contexts[position];
        if (context === undefined) throw new Error("no context");
        return answer(await each(task, context));
      });
    },
  });
  return batches;
}

const tasksOf = (count: number, workspaceId: string | null, action = "echo") =>
  Array.from({ length: count }, (_, value) =>
    newTask({ workspaceId, payload: { action, value, values: [value] } }),
  );

test("tasks of one tenant and action that start together are one call, never larger than declared, each with its own outcome", async () => {
  const batches = serveBatches(async (task) => {
    if (task.payload["value"] === 3 && task.workspaceId === "ws-a")
      throw new PermanentFailure("agent_failed", "not this one");
    return task.payload["value"];
  });
  const mine = tasksOf(12, "ws-a");
  const yours = tasksOf(4, "ws-b");
  const alone = tasksOf(2, "ws-a", "sum");
  await new Scheduler(store).submitMany([...mine, ...yours, ...alone]);
  for (const [value, task] of mine.entries()) {
    expect(await final(task.id)).toMatchObject(
      value === 3
        ? { status: "failed", error: { code: "agent_failed" } }
        : { status: "completed", attempt: 1, result: { output: value } },
    );
  }
  for (const task of [...yours, ...alone])
    expect(await final(task.id)).toMatchObject({ status: "completed" });
  const tenantOf = new Map([...mine, ...yours].map((task) => [task.id, task.workspaceId]));
  for (const batch of batches) {
    expect(batch.length).toBeLessThanOrEqual(8);
    expect(new Set(batch.map((id) => tenantOf.get(id))).size).toBe(1);
  }
  expect(batches.some((batch) => batch.length > 1)).toBe(true);
  expect(batches.length).toBeLessThan(16);
});

test("cancelling or timing out one task of a batch ends that one and no other", async () => {
  let end = () => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  const batches = serveBatches(async (task, { signal }) => {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    await Promise.race([held, aborted]);
    return task.payload["value"];
  });
  const [kept, cancelled, late] = [
    newTask({ payload: { action: "echo", value: "kept" } }),
    newTask(),
    newTask({ timeoutSeconds: 1, maxAttempts: 1 }),
  ];
  await new Scheduler(store).submitMany([kept, cancelled, late]);
  await eventually(() => batches.flat().length === 3);
  await new RunLedger(store).cancelTask(store.keyspace.shardOf("default"), cancelled.id, "key_test");
  expect(await final(cancelled.id)).toMatchObject({ status: "cancelled" });
  expect(await final(late.id)).toMatchObject({ status: "failed", error: { code: "timed_out" } });
  end();
  expect(await final(kept.id)).toMatchObject({ status: "completed", result: { output: "kept" } });
});

test("a task that is cancelled while its batch gathers is not part of the call", async () => {
  const slow: AgentDescriptor = {
    ...descriptor,
    actions: {
      ...descriptor.actions,
      echo: { ...diagnostics.actions.echo, batch: { maxSize: 8, maxWaitMs: 1_500 } },
    },
  };
  const seen: string[] = [];
  const runner = serve(
    async (task) => {
      seen.push(task.id);
      return answer(1);
    },
    slow,
    10,
    "w",
    {
      executeBatch: (tasks) => {
        seen.push(...tasks.map(({ id }) => id));
        return tasks.map(async () => answer(1));
      },
    },
  );
  const [kept, cancelled] = [newTask(), newTask()];
  await new Scheduler(store).submitMany([kept, cancelled]);
  await eventually(() => runner.running.includes(cancelled.id));
  await new RunLedger(store).cancelTask(store.keyspace.shardOf("default"), cancelled.id, "key_test");
  expect(await final(cancelled.id)).toMatchObject({ status: "cancelled" });
  expect(await final(kept.id)).toMatchObject({ status: "completed" });
  expect(seen).toEqual([kept.id]);
});
