import { diagnostics } from "@drover/contracts";
import { Approvals, cancelTask, checkInvariants, expireTasks, Scheduler, TaskLedger } from "@drover/queue";
import { eventually } from "@drover/testing";
import { expect, test } from "vitest";
import type { Agent, AgentContext, AgentTask } from "./agent.ts";
import { answer, echo, final, newTask, serve, store } from "./engine.fixture.ts";

const inWorkspace = { ...diagnostics, workspace: "required" } as const;
const question = (deadlineMs = Date.now() + 60_000) =>
  ({ key: "one", kind: "permission", message: "May I?", data: { path: "/etc" }, deadlineMs }) as const;

/** Asks, unless it is a task to echo; answers what was decided, and what its first start remembered. */
const asking = (deadlineMs?: () => number) => async (task: AgentTask, context: AgentContext) => {
  if (task.payload["value"] !== "ask") return await echo(task, context);
  if (task.checkpoint === null) await context.remember({ first: task.delivery });
  const { status, decision } = await context.ask(question(deadlineMs?.()));
  return answer({ status, decision, checkpoint: task.checkpoint, attempt: task.attempt });
};
const toAsk = (workspaceId: string | null = null) =>
  newTask({ payload: { action: "echo", value: "ask" }, workspaceId });

async function waiting(id: string) {
  await eventually(async () => (await new TaskLedger(store).find(id))?.status === "waiting");
  const { items } = await new Approvals(store).list({
    visible: "all",
    limit: 9,
    afterId: undefined,
    search: { task: id },
  });
  const [asked] = items;
  if (asked === undefined) throw new Error("nothing was asked");
  return asked;
}

test("a task that asks waits with no worker, spends no attempt, and goes on when a person has decided", async () => {
  serve(asking(), diagnostics, 1);
  const task = toAsk();
  await new Scheduler(store).submit(task);
  const asked = await waiting(task.id);
  expect(asked).toMatchObject({
    kind: "permission",
    status: "open",
    message: "May I?",
    data: { path: "/etc" },
  });
  // The only place of the worker is free.
  const other = newTask();
  await new Scheduler(store).submit(other);
  expect(await final(other.id)).toMatchObject({ status: "completed" });
  await new Approvals(store).decide(asked.id, { decision: "allow" }, "key_boss");
  expect(await final(task.id)).toMatchObject({
    status: "completed",
    result: { output: { status: "allowed", decision: "allow", checkpoint: { first: 1 }, attempt: 1 } },
  });
  expect(await checkInvariants(store, { full: true })).toMatchObject({ ok: true });
});

test("an answer that comes in the very moment in which a task begins to wait is not missed", async () => {
  serve(asking(), diagnostics, 8);
  const tasks = Array.from({ length: 40 }, () => toAsk());
  await new Scheduler(store).submitMany(tasks);
  const approvals = new Approvals(store);
  const decided = new Set<string>();
  await eventually(
    async () => {
      const { items } = await approvals.list({
        visible: "all",
        limit: 200,
        afterId: undefined,
        search: { status: "open" },
      });
      for (const { id } of items) {
        await approvals.decide(id, { decision: "deny" }, "key_boss");
        decided.add(id);
      }
      return decided.size === tasks.length;
    },
    { deadlineMs: 20_000 },
  );
  for (const { id } of tasks)
    expect(await final(id)).toMatchObject({ status: "completed", result: { output: { decision: "deny" } } });
});

test("at its deadline a question counts as denied, and the task goes on by itself", async () => {
  serve(asking(() => Date.now() + 300));
  const task = toAsk();
  await new Scheduler(store).submit(task);
  expect(await final(task.id)).toMatchObject({
    status: "completed",
    result: { output: { status: "expired", decision: "deny" } },
  });
});

test("a task that is cancelled in the moment in which it asks ends, and does not wait for an answer first", async () => {
  const shard = store.keyspace.shardOf("default");
  serve(async (task, context) => {
    await cancelTask(store, shard, task.id, "key_user");
    await context.ask(question());
    return answer(null);
  });
  const task = toAsk();
  await new Scheduler(store).submit(task);
  expect(await final(task.id)).toMatchObject({ status: "cancelled" });
});

test("while a task waits it keeps its workspace, and whoever comes next starts after it", async () => {
  serve(asking(), inWorkspace);
  const first = toAsk("ws-1");
  await new Scheduler(store).submit(first);
  const asked = await waiting(first.id);
  const second = newTask({ workspaceId: "ws-1" });
  await new Scheduler(store).submit(second);
  await eventually(async () => (await new TaskLedger(store).find(second.id))?.status === "parked");
  expect(await checkInvariants(store, { full: true })).toMatchObject({ ok: true });
  await new Approvals(store).decide(asked.id, { decision: "allow" }, "key_boss");
  await final(first.id);
  expect(await final(second.id)).toMatchObject({ status: "completed" });
});

test.each(["cancel", "time"] as const)(
  "a waiting task that is ended by %s ends at once; its question takes no answer, its workspace is free, its agent is told",
  async (by) => {
    const abandoned: string[] = [];
    const more: Partial<Agent> = { abandon: (id) => void abandoned.push(id) };
    serve(asking(), inWorkspace, 10, "w", more);
    const task = { ...toAsk("ws-1"), ...(by === "time" ? { totalTimeoutSeconds: 1 } : {}) };
    await new Scheduler(store).submit(task);
    const asked = await waiting(task.id);
    const shard = store.keyspace.shardOf("default");
    if (by === "cancel") expect(await cancelTask(store, shard, task.id, "key_user")).toBe("cancelled");
    else await eventually(async () => (await expireTasks(store, shard, async () => undefined)) === 1);
    expect(await final(task.id)).toMatchObject(
      by === "cancel" ? { status: "cancelled" } : { status: "failed", error: { code: "total_timed_out" } },
    );
    await eventually(() => abandoned.includes(task.id));
    await expect(
      new Approvals(store).decide(asked.id, { decision: "allow" }, "key_boss"),
    ).rejects.toMatchObject({ code: "already_final" });
    const next = newTask({ workspaceId: "ws-1" });
    await new Scheduler(store).submit(next);
    expect(await final(next.id)).toMatchObject({ status: "completed" });
  },
);
