import { diagnostics } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { cancelTask, claimTask } from "@drover/queue";
import { eventually } from "@drover/testing";
import { concludeRun, RunEngine, RunLedger, stepTaskId } from "@drover/workflow";
import { expect, test } from "vitest";
import { answer, echo, finalRun, serve, serveRuns, store, submitRun } from "./engine.fixture.ts";

test("a diamond's join runs once, after all it depends on, with their outputs composed", async () => {
  const order: string[] = [];
  serve(async (task) => {
    order.push(task.step?.stepId ?? "");
    const outputs: unknown[] = [];
    for await (const { output } of task.step?.dependencies() ?? []) outputs.push(output);
    return answer(outputs);
  });
  serveRuns();
  const step = (id: string, depends_on: string[] = []) => ({
    id,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: id },
    depends_on,
  });
  const id = await submitRun({
    name: "diamond",
    steps: [step("a"), step("b", ["a"]), step("c", ["a"]), step("d", ["b", "c"])],
  });
  const run = await finalRun(id);
  expect(run).toMatchObject({
    status: "completed",
    error: null,
    result: { output: { a: [], b: [[]], c: [[]], d: [[[]], [[]]] } },
  });
  expect(order[0]).toBe("a");
  expect(order[3]).toBe("d");
  expect(order).toHaveLength(4);
});

test("a failed step blocks only what depends on it, and the run says which failed", async () => {
  serve(async (task) => {
    if (task.step?.stepId === "bad") throw new PermanentFailure("agent_failed", "no");
    return answer(1);
  });
  serveRuns();
  const step = (id: string, depends_on: string[] = []) => ({
    id,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: 1 },
    depends_on,
  });
  const id = await submitRun({
    name: "half",
    steps: [step("bad"), step("after", ["bad"]), step("good"), step("later", ["good"])],
  });
  const run = await finalRun(id);
  expect(run).toMatchObject({ status: "failed", error: { code: "steps_failed", failed_steps: ["bad"] } });
  const statuses = Object.fromEntries(run.steps.map((result) => [result.step_id, result.status]));
  expect(statuses).toEqual({ bad: "failed", after: "blocked", good: "completed", later: "completed" });
});

test("with continue_on_error the dependents of a failed step run and the run completes", async () => {
  serve(async (task) => {
    if (task.step?.stepId === "bad") throw new PermanentFailure("agent_failed", "no");
    for await (const { status } of task.step?.dependencies() ?? []) return answer(status);
    return answer(null);
  });
  serveRuns();
  const steps = [
    { id: "bad", agent: "diagnostics", task: "echo", parameters: { value: 1 }, continue_on_error: true },
    { id: "after", agent: "diagnostics", task: "echo", parameters: { value: 1 }, depends_on: ["bad"] },
  ];
  const run = await finalRun(await submitRun({ name: "tolerant", steps }));
  expect(run).toMatchObject({ status: "completed", result: { output: { after: "failed" } } });
});

test("a tolerated failure neither fails a run whose other step was cancelled, nor is named as what failed", async () => {
  serve(async (task, context) => {
    if (task.step?.stepId === "bad") throw new PermanentFailure("agent_failed", "no");
    return await new Promise((_, reject) => {
      context.signal.addEventListener("abort", () => reject(context.signal.reason));
    });
  });
  serveRuns();
  const each = { agent: "diagnostics", task: "echo", parameters: { value: 1 } };
  const id = await submitRun({
    name: "mixed",
    steps: [
      { ...each, id: "bad", continue_on_error: true },
      { ...each, id: "long" },
    ],
  });
  await eventually(async () => {
    const run = await new RunLedger(store).find(id);
    const [bad, other] = run?.steps ?? [];
    return bad?.status === "failed" && other?.status === "running";
  });
  await cancelTask(store, store.keyspace.shardOf("default"), stepTaskId(id, "long"), "key_user");
  expect(await finalRun(id)).toMatchObject({ status: "cancelled", error: null });
});

test("cancelling a run stops its running steps, starts no more, and ends it cancelled", async () => {
  const runner = serve(
    async (_task, { signal }) =>
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  serveRuns();
  const step = (id: string, depends_on: string[] = []) => ({
    id,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: 1 },
    depends_on,
  });
  const id = await submitRun({ name: "long", steps: [step("one"), step("two", ["one"])] });
  await eventually(() => runner.running.length === 1);
  await new RunLedger(store).cancel(id, "key_test");
  const run = await finalRun(id);
  expect(run.status).toBe("cancelled");
  expect(run.steps.map((result) => result.status)).toEqual(["cancelled", "cancelled"]);
});

test("a run of a thousand parallel steps and a join completes", async () => {
  serve(echo, diagnostics, 50);
  serveRuns();
  const wide = Array.from({ length: 1_000 }, (_, n) => ({
    id: `s${n}`,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: n },
  }));
  const join = {
    id: "join",
    agent: "diagnostics",
    task: "echo",
    parameters: { value: "all" },
    depends_on: wide.map(({ id }) => id),
  };
  const run = await finalRun(await submitRun({ name: "wide", steps: [...wide, join] }));
  expect(run.status).toBe("completed");
  expect(run.result?.output["s999"]).toBe(999);
});

test("a cancel that comes while a run is being concluded ends it as cancelled, never as failed", async () => {
  const engine = new RunEngine(store);
  const ledger = new RunLedger(store);
  const step = { id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } };
  const begun = async () => {
    const id = await submitRun({ name: "cut", steps: [step] });
    const shard = (await ledger.locate(id))?.shard ?? store.keyspace.site;
    const run = await engine.begin(shard, id, null);
    if (run.kind !== "running") throw new Error("the run does not begin");
    await engine.enqueueReady(shard, id);
    return { id, shard, run: run.run };
  };
  const afterTurns = async (turns: number) => {
    for (let turn = 0; turn < turns; turn += 1) await store.redis.ping();
  };
  // One comes ever later than the other, so that each falls between any two reads of the other.
  for (let offset = -6; offset <= 6; offset += 1) {
    const { id, shard, run } = await begun();
    const concluding = afterTurns(-offset).then(() => concludeRun(store, shard, run));
    await Promise.all([concluding, afterTurns(offset).then(() => ledger.cancel(id, "someone"))]);
    expect([offset, (await finalRun(id)).status]).toEqual([offset, "cancelled"]);
  }
});

test("a cancel that was acknowledged while its run was being concluded counts, although all steps had ended", async () => {
  const engine = new RunEngine(store);
  const ledger = new RunLedger(store);
  const step = { id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 }, when: "false" };
  for (let offset = 0; offset < 8; offset += 1) {
    const id = await submitRun({ name: "nothing to do", steps: [step] });
    const shard = (await ledger.locate(id))?.shard ?? store.keyspace.site;
    const begun = await engine.begin(shard, id, null);
    if (begun.kind !== "running") throw new Error("the run does not begin");
    await engine.enqueueReady(shard, id);
    const cancel = async () => {
      for (let turn = 0; turn < offset; turn += 1) await store.redis.ping();
      return await ledger.cancel(id, "someone").then(
        () => "cancelled",
        () => "completed",
      );
    };
    const [acknowledged] = await Promise.all([cancel(), concludeRun(store, shard, begun.run)]);
    expect([offset, (await finalRun(id)).status]).toEqual([offset, acknowledged]);
  }
});

test("a queued step of a halted run never starts, even when who halted it died before cancelling the step", async () => {
  serveRuns();
  const steps = [{ id: "one", agent: "diagnostics", task: "echo", parameters: { value: 1 } }];
  const id = await submitRun({ name: "halted", steps });
  const located = await new RunLedger(store).locate(id);
  if (located === null) throw new Error("the run is gone");
  await eventually(async () => (await new RunLedger(store).find(id))?.steps[0]?.status === "queued");
  await store.redis.hset(located.shard.run(id), "halted", "cancelled");
  let started = false;
  serve(async () => {
    started = true;
    return answer(1);
  });
  const run = await finalRun(id);
  expect(run).toMatchObject({ status: "cancelled", steps: [{ status: "cancelled", attempt: 0 }] });
  expect(started).toBe(false);
});

test("a step that completed as its run was cancelled shows what it returned", async () => {
  serveRuns();
  const steps = [{ id: "one", agent: "diagnostics", task: "echo", parameters: { value: 1 } }];
  const id = await submitRun({ name: "just then", steps });
  const ledger = new RunLedger(store);
  await eventually(async () => (await ledger.find(id))?.steps[0]?.status === "queued");
  const located = await ledger.locate(id);
  if (located === null) throw new Error("the run is gone");
  const outcome = await claimTask(store, located.shard, stepTaskId(id, "one"), "dying", null);
  if (outcome.kind !== "claimed") throw new Error("it can't be claimed");
  // The worker dies before it tells the run.
  await outcome.claim.complete(answer(42));
  await ledger.cancel(id, "someone");
  expect(await finalRun(id)).toMatchObject({
    status: "cancelled",
    steps: [{ status: "completed", output: 42 }],
    result: { output: { one: 42 } },
  });
});
