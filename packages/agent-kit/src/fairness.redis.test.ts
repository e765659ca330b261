import { diagnostics, newId, type Priority } from "@drover/contracts";
import { type NewTask, Scheduler } from "@drover/queue";
import { eventually } from "@drover/testing";
import { RunLedger } from "@drover/workflow";
import { expect, test } from "vitest";
import { answer, final, newTask, serve, serveRuns, store } from "./engine.fixture.ts";
import { gate } from "./gate.fixture.ts";

const slots = 3;

/** A worker whose tasks end when they are let go; says who started, in order. */
function gatedWorker() {
  const started: string[] = [];
  const held = gate();
  serve(
    async (task) => {
      started.push(task.organizationId);
      await held.opened;
      return answer(null);
    },
    diagnostics,
    slots,
  );
  return { started, open: () => held.open() };
}

/** Lets the worker's slots be taken by what floods, submits the one, and says how many others started before it. */
async function startsBefore(flood: () => Promise<void>, one: NewTask): Promise<number> {
  const { started, open } = gatedWorker();
  await flood();
  await eventually(() => started.length === slots, { deadlineMs: 20_000 });
  await new Scheduler(store).submit(one);
  open();
  await final(one.id);
  return started.indexOf(one.organizationId) - slots;
}

const one = (priority: Priority = "normal") =>
  newTask({ organizationId: "small", workspaceId: "ws-1", priority });
const many = (count: number, more: (n: number) => Partial<NewTask>) => async () => {
  const tasks = Array.from({ length: count }, (_, n) => newTask({ organizationId: "big", ...more(n) }));
  await new Scheduler(store).submitMany(tasks);
};

test("a thousand tasks of one tenant delay another's first by at most one task per worker slot", async () => {
  const before = await startsBefore(
    many(1_000, () => ({ workspaceId: "ws-1" })),
    one(),
  );
  expect(before).toBeLessThanOrEqual(slots);
});

test("a thousand workspaces of one organization delay another organization's first task no more", async () => {
  const before = await startsBefore(
    many(1_000, (n) => ({ workspaceId: `ws-${n}` })),
    one(),
  );
  expect(before).toBeLessThanOrEqual(slots);
});

test("the steps of a wide run delay another tenant's first task no more", async () => {
  serveRuns();
  const steps = Array.from({ length: 300 }, (_, n) => ({
    id: `s${n}`,
    agent: "diagnostics",
    task: "echo",
    parameters: { value: n },
  }));
  const id = newId("workflow");
  const flood = async () => {
    const run = { id, organizationId: "big", createdBy: "key_test", traceparent: null };
    await new RunLedger(store).submit({ ...run, definition: { name: "wide", steps } });
  };
  expect(await startsBefore(flood, one())).toBeLessThanOrEqual(slots);
  await new RunLedger(store).cancel(id, "key_test");
});

test("lanes are served in order: urgent before normal before batch, whatever stands in the later one", async () => {
  const order: string[] = [];
  const held = gate();
  serve(
    async (task) => {
      order.push(String(task.payload["value"]));
      await held.opened;
      return answer(null);
    },
    diagnostics,
    1,
  );
  const scheduler = new Scheduler(store);
  const of = (priority: Priority) => newTask({ priority, payload: { action: "echo", value: priority } });
  const first = await scheduler.submit(of("normal"));
  await eventually(() => order.length === 1);
  const lanes: Priority[] = ["batch", "batch", "normal", "normal", "urgent", "urgent"];
  const rest = lanes.map(of);
  await scheduler.submitMany(rest);
  held.open();
  for (const { id } of [first, ...rest]) await final(id);
  expect(order.slice(1)).toEqual(["urgent", "urgent", "normal", "normal", "batch", "batch"]);
});
