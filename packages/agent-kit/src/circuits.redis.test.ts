import { type AgentDescriptor, diagnostics } from "@drover/contracts";
import { CapacityFailure, PermanentFailure, RetryableFailure } from "@drover/errors";
import { Circuits, Scheduler, TaskLedger } from "@drover/queue";
import { eventually } from "@drover/testing";
import { expect, test } from "vitest";
import { countsForCircuit } from "./circuit-failures.ts";
import { answer, type Execute, final, newTask, serve, store } from "./engine.fixture.ts";

const agent = (openMs: number): AgentDescriptor => ({
  ...diagnostics,
  circuit: { failures: 3, openMs, openMsMax: 60_000, probeMs: 60_000 },
});
const full = () => new CapacityFailure("model_rate_limited", "full", { retryAfterMs: 1 });
const stateOf = async () => (await new Circuits(store).show("diagnostics")).state;

/** Serves the agent on two workers, as one fleet; counts what they start. */
function fleet(descriptor: AgentDescriptor, execute: Execute) {
  const seen = { starts: 0, now: 0, most: 0 };
  const counted: Execute = async (task, context) => {
    seen.starts += 1;
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    try {
      return await execute(task, context);
    } finally {
      seen.now -= 1;
    }
  };
  serve(counted, descriptor, 5, "one");
  serve(counted, descriptor, 5, "two");
  return seen;
}

async function submit(count: number) {
  const tasks = Array.from({ length: count }, () => newTask());
  await new Scheduler(store).submitMany(tasks);
  return tasks;
}

test("while the circuit is open no worker of the fleet starts a task; then one tries, and its success starts them all", async () => {
  let well = false;
  const seen = fleet(agent(1_200), async () => {
    if (!well) throw full();
    await new Promise((resolve) => setTimeout(resolve, 30));
    return answer("well");
  });
  const tasks = await submit(30);
  const opened = await eventually(async () => {
    const circuit = await new Circuits(store).show("diagnostics");
    return circuit.state === "open" ? circuit : false;
  });
  expect(opened).toMatchObject({
    name: "diagnostics",
    failures: 3,
    opened_at: expect.any(String),
    reason: "model_rate_limited: full",
  });
  expect(Date.parse(opened.until ?? "")).toBeGreaterThan(Date.now());
  // What was claimed before it opened may still begin.
  const ledger = new TaskLedger(store);
  await eventually(async () => {
    const found = await Promise.all(tasks.map(({ id }) => ledger.find(id)));
    return seen.now === 0 && found.every((task) => task?.status !== "running");
  });
  const before = seen.starts;
  // Half open for the first time: still full, so exactly one task finds out, and it is open for twice as long.
  await eventually(() => seen.starts > before, { deadlineMs: 10_000 });
  await eventually(async () => (await stateOf()) === "open");
  expect(seen.starts).toBe(before + 1);
  const again = await new Circuits(store).show("diagnostics");
  expect(Date.parse(again.until ?? "") - Date.now()).toBeGreaterThan(1_500);
  well = true;
  seen.most = 0;
  await eventually(async () => (await stateOf()) !== "open", { deadlineMs: 10_000 });
  for (const task of tasks) {
    const ended = await eventually(
      async () => {
        const found = await new TaskLedger(store).find(task.id);
        return found?.status === "completed" ? found : false;
      },
      { deadlineMs: 20_000 },
    );
    // None of the failures spent an attempt.
    expect(ended.attempt).toBe(1);
  }
  expect(await new Circuits(store).show("diagnostics")).toMatchObject({
    state: "closed",
    until: null,
    failures: 0,
  });
});

test("while it is half open one task at a time is tried, and one that goes on for long enough closes it", async () => {
  let well = false;
  let end = () => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  const descriptor: AgentDescriptor = {
    ...diagnostics,
    circuit: { failures: 3, openMs: 300, openMsMax: 300, probeMs: 4_000 },
  };
  const seen = fleet(descriptor, async () => {
    if (!well) throw full();
    await held;
    return answer("long");
  });
  const tasks = await submit(12);
  await eventually(async () => (await stateOf()) === "open");
  well = true;
  await eventually(() => seen.now === 1, { deadlineMs: 10_000 });
  expect(await stateOf()).toBe("half_open");
  expect(seen.now).toBe(1);
  // Nothing has ended yet, and the others start: the try has lasted.
  await eventually(() => seen.now > 1, { deadlineMs: 10_000 });
  expect(await stateOf()).toBe("closed");
  end();
  for (const task of tasks) expect(await final(task.id)).toMatchObject({ status: "completed" });
});

test("one task that finds no room again and again does not open it, nor do failures with a success between them", async () => {
  let starts = 0;
  serve(async (task) => {
    starts += 1;
    if (task.payload["action"] === "sum" && starts < 8) throw full();
    return answer(1);
  }, agent(60_000));
  const alone = newTask({ payload: { action: "sum", values: [] } });
  await new Scheduler(store).submit(alone);
  expect(await final(alone.id)).toMatchObject({ status: "completed" });
  expect(starts).toBe(8);
  expect(await stateOf()).toBe("closed");
});

test("what concerns one worker, workspace or task does not count against the fleet's means", () => {
  const retry = { retryAfterMs: 1 };
  expect(countsForCircuit(new CapacityFailure("model_rate_limited", "", retry))).toBe(true);
  expect(countsForCircuit(new RetryableFailure("model_unavailable", ""))).toBe(true);
  expect(countsForCircuit(new CapacityFailure("no_free_slot", "", retry))).toBe(false);
  expect(countsForCircuit(new CapacityFailure("shutting_down", "", retry))).toBe(false);
  expect(countsForCircuit(new RetryableFailure("agent_failed", ""))).toBe(false);
  expect(countsForCircuit(new PermanentFailure("model_unavailable", ""))).toBe(false);
});
