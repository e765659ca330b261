import { newId, type WorkflowDefinition } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import {
  checkInvariants,
  defaultRetention,
  mirrorDeadLetters,
  type RetentionLimits,
  retire,
  Scheduler,
  type Shard,
  sweepLeaks,
  taskChecks,
} from "@drover/queue";
import { eventually } from "@drover/testing";
import { RunLedger, runChecks } from "@drover/workflow";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  answer,
  echo,
  final,
  finalRun,
  newTask,
  serve,
  serveRuns,
  store,
  submitRun,
} from "./engine.fixture.ts";

const checks = [...taskChecks, ...runChecks];
const step = (
  id: string,
  depends_on: string[] = [],
  more: Partial<WorkflowDefinition["steps"][number]> = {},
) => ({
  id,
  agent: "diagnostics",
  task: "echo",
  parameters: { value: id },
  depends_on,
  ...more,
});

const mend = (shard: Shard) => sweepLeaks(store, shard, checks, { settleMs: 0 });
async function forget(limits: Partial<RetentionLimits>) {
  const total = { tasks: 0, runs: 0, deadLetters: 0 };
  for (const shard of store.keyspace.shards) {
    const retired = await retire(store, shard, { ...defaultRetention, ...limits }, 20_000);
    total.tasks += retired.tasks;
    total.runs += retired.runs;
    total.deadLetters += retired.deadLetters;
  }
  return total;
}

/** BullMQ hears of the end of a job a moment after the ledger. */
async function allIsWell() {
  return await eventually(async () => {
    const audit = await checkInvariants(store, { full: true });
    expect(audit).toMatchObject({ ok: true, leaks: [], drift: [] });
    return audit;
  });
}

const failing = async (task: { payload: unknown }) => {
  const { value } = z.looseObject({ value: z.unknown() }).parse(task.payload);
  if (value === "bad") throw new PermanentFailure("agent_failed", "no");
  return answer(value);
};

test("after work of every kind nothing leaks and every task and run is accounted for", async () => {
  serve(failing);
  serveRuns();
  const scheduler = new Scheduler(store);
  const ids: string[] = [];
  for (const value of [1, "bad", 2])
    ids.push((await scheduler.submit(newTask({ payload: { action: "echo", value } }))).id);
  const good = await submitRun({
    name: "good",
    steps: [step("a"), step("b", ["a"]), step("c", ["a"]), step("d", ["b", "c"])],
  });
  const bad = await submitRun({ name: "bad", steps: [step("bad"), step("after", ["bad"])] });
  const fan = await submitRun({ name: "fan", steps: [step("each", [], { for_each: "[1, 2, 3, 4, 5]" })] });
  const spare = await submitRun({
    name: "spare",
    steps: [step("bad", [], { fallback: { agent: "diagnostics", task: "echo", parameters: { value: 1 } } })],
  });
  for (const id of ids) await final(id);
  for (const id of [good, bad, fan, spare]) await finalRun(id);
  await new RunLedger(store).retry(bad, null, "key_test");
  await eventually(async () => (await new RunLedger(store).find(bad))?.status === "failed");
  for (const shard of store.keyspace.shards) await mirrorDeadLetters(store, shard);
  const audit = await allIsWell();
  expect(audit.conservation).toMatchObject({ accepted: 15, final: 15, difference: 0 });
  expect(audit.runs).toMatchObject({ accepted: 4, unfinished: 0, final: 4, difference: 0 });
});

async function located(runId: string) {
  const found = await new RunLedger(store).locate(runId);
  if (found === null) throw new Error("the run is gone");
  return found;
}

test("a run is forgotten with its steps and their dead letters; one that lives keeps all of its own", async () => {
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  serve(async (task) => {
    const outcome = await failing(task);
    if (outcome.output === "held") await held;
    return outcome;
  });
  serveRuns();
  const gone = await submitRun({
    name: "gone",
    steps: [step("a"), step("each", ["a"], { for_each: "[1, 2]" }), step("bad"), step("after", ["bad"])],
  });
  const live = await submitRun({
    name: "live",
    steps: [step("first"), step("bad", [], { continue_on_error: true }), step("held", ["first", "bad"])],
  });
  await finalRun(gone);
  await eventually(
    async () =>
      (await new RunLedger(store).find(live))?.steps.find((s) => s.step_id === "held")?.status === "running",
  );
  expect(await forget({ ageMs: -1_000, tasksMax: 0, runsMax: 0 })).toMatchObject({ runs: 1, tasks: 0 });
  expect(await new RunLedger(store).find(gone)).toBeNull();
  expect(await store.redis.keys(`*${gone}*`)).toEqual([]);
  const { shard } = await located(live);
  const tasks = await store.redis.zrange(shard.index("tasks", "default"), "0", "-1");
  const runs = await Promise.all(tasks.map((id) => store.redis.hget(shard.task(id), "run")));
  expect(runs).toEqual([live, live, live]);
  release?.();
  expect(await finalRun(live)).toMatchObject({ status: "completed" });
  for (const each of store.keyspace.shards) await mirrorDeadLetters(store, each);
  await allIsWell();
});

test("a run whose job is gone goes on when upkeep has passed by", async () => {
  const definition = { name: "lost", steps: [step("a"), step("b", ["a"])] };
  const id = await submitRun(definition);
  const { shard } = await located(id);
  await store.queue(shard, "workflow").remove(id);
  expect(await mend(shard)).toMatchObject({ run_stuck: 1 });
  serve(echo);
  serveRuns();
  expect(await finalRun(id)).toMatchObject({ status: "completed" });
  await allIsWell();
});

test("nothing grows: rounds of runs and tasks leave as many keys as the first one, and each is bounded in time or number", async () => {
  serve(failing);
  serveRuns();
  const round = async () => {
    const ids: string[] = [];
    for (const value of [1, "bad"])
      ids.push((await new Scheduler(store).submit(newTask({ payload: { action: "echo", value } }))).id);
    const runs = [
      await submitRun({ name: "good", steps: [step("a"), step("each", ["a"], { for_each: "[1, 2]" })] }),
      await submitRun({ name: "bad", steps: [step("bad"), step("after", ["bad"])] }),
    ];
    for (const id of ids) await final(id);
    for (const id of runs) await finalRun(id);
    return await eventually(async () => {
      for (const shard of store.keyspace.shards) await mirrorDeadLetters(store, shard);
      await forget({ tasksMax: 0, runsMax: 0, deadLettersMax: 0 });
      const keys = await store.redis.keys("*");
      const named = keys.filter((key) => /(task|wf|dl)_/.test(key));
      expect(named).toEqual([]);
      return keys.length;
    });
  };
  await round();
  const first = await round();
  for (let nth = 0; nth < 3; nth += 1) expect(await round()).toBeLessThanOrEqual(first + 2);
  const audit = await allIsWell();
  expect(audit.conservation).toMatchObject({ final: audit.conservation.forgotten, difference: 0 });
  expect(audit.runs).toMatchObject({ accepted: 10, forgotten: 10, difference: 0 });
});

test("what nobody carries out is not taken for a leak", async () => {
  await new Scheduler(store).submit(newTask({ id: newId("task") }));
  await submitRun({ name: "waits", steps: [step("a")] });
  await allIsWell();
});
