import type { WorkflowStep } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { eventually } from "@drover/testing";
import { RunLedger, stepTaskId } from "@drover/workflow";
import { expect, test } from "vitest";
import { answer, finalRun, serve, serveRuns, store, submitRun } from "./engine.fixture.ts";

const step = (id: string, more: Partial<WorkflowStep> = {}): WorkflowStep => ({
  id,
  agent: "diagnostics",
  task: "echo",
  parameters: { value: id },
  ...more,
});
const statuses = (run: Awaited<ReturnType<typeof finalRun>>) =>
  Object.fromEntries(run.steps.map((result) => [result.step_id, result.status]));

/** Steps whose ids are in `broken` fail; `ran` counts what ran. */
function serveBreakable() {
  const broken = new Set<string>();
  const ran: string[] = [];
  serve(async (task) => {
    const id = task.step?.stepId ?? "";
    ran.push(id);
    if (broken.has(id)) throw new PermanentFailure("agent_failed", `${id} is broken`);
    return answer(id);
  });
  serveRuns();
  return { broken, ran };
}

/** A gate that steps wait at. */
function gate() {
  let open: (() => void) | undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open?.() };
}

test("while a run is paused what runs goes on and nothing new starts; resuming starts what is ready", async () => {
  const first = gate();
  const ran: string[] = [];
  serve(async (task) => {
    ran.push(task.step?.stepId ?? "");
    if (task.step?.stepId === "a") await first.opened;
    return answer(1);
  });
  serveRuns();
  const ledger = new RunLedger(store);
  const id = await submitRun({ name: "pausing", steps: [step("a"), step("b", { depends_on: ["a"] })] });
  await eventually(() => ran.includes("a"));
  expect((await ledger.pause(id, "someone")).status).toBe("paused");
  expect((await ledger.pause(id, "someone")).status).toBe("paused");
  first.open();
  await eventually(async () => (await ledger.find(id))?.steps[0]?.status === "completed");
  // The run's job finds nothing pending, and that the run is paused.
  const shard = (await ledger.locate(id))?.shard ?? store.keyspace.site;
  await eventually(async () => (await store.queue(shard, "workflow").getJobState(id)) === "delayed");
  expect(ran).toEqual(["a"]);
  expect(await ledger.find(id)).toMatchObject({ status: "paused", steps: [{}, { status: "pending" }] });
  await ledger.resume(id, "someone");
  expect(statuses(await finalRun(id))).toEqual({ a: "completed", b: "completed" });
  await expect(ledger.pause(id, "someone")).rejects.toMatchObject({ code: "already_final" });
  await expect(ledger.resume(id, "someone")).rejects.toMatchObject({ code: "already_final" });
});

test("a paused run is cancelled at once, though its job sleeps", async () => {
  const { ran } = serveBreakable();
  const ledger = new RunLedger(store);
  const id = await submitRun({ name: "asleep", steps: [step("a"), step("b", { depends_on: ["a"] })] });
  await ledger.pause(id, "someone").catch(() => undefined);
  await ledger.cancel(id, "someone").catch(() => undefined);
  const run = await finalRun(id);
  expect(["cancelled", "completed"]).toContain(run.status);
  expect(ran.length).toBeLessThanOrEqual(2);
});

test("a retry runs only what failed or was blocked, and the run completes", async () => {
  const { broken, ran } = serveBreakable();
  broken.add("b");
  const steps = [step("a"), step("b", { depends_on: ["a"] }), step("c", { depends_on: ["b"] }), step("d")];
  const id = await submitRun({ name: "again", steps });
  expect(statuses(await finalRun(id))).toEqual({
    a: "completed",
    b: "failed",
    c: "blocked",
    d: "completed",
  });
  broken.clear();
  ran.length = 0;
  const ledger = new RunLedger(store);
  await ledger.retry(id, null, "someone");
  const run = await finalRun(id);
  expect(run).toMatchObject({ status: "completed", error: null, result: { output: { b: "b", c: "c" } } });
  expect(ran).toEqual(["b", "c"]);
  await expect(ledger.retry(id, null, "someone")).rejects.toMatchObject({ code: "conflict" });
  const located = await ledger.locate(id);
  expect(await store.redis.keys(`${located?.shard.prefix}:letter:*`)).toEqual([]);
});

test("a retry from a step runs it and all that depends on it again, and nothing else", async () => {
  const { ran } = serveBreakable();
  const steps = [step("a"), step("b", { depends_on: ["a"] }), step("c", { depends_on: ["b"] }), step("d")];
  const id = await submitRun({ name: "from", steps });
  await finalRun(id);
  ran.length = 0;
  const ledger = new RunLedger(store);
  await ledger.retry(id, "b", "someone");
  expect((await finalRun(id)).status).toBe("completed");
  expect(ran).toEqual(["b", "c"]);
  await expect(ledger.retry(id, "z", "someone")).rejects.toMatchObject({
    code: "validation_failed",
    validations: [{ field: "from_step", detail: expect.stringContaining("z") }],
  });
});

test("a retry of a fan-out runs the items that failed and keeps the others", async () => {
  const { broken, ran } = serveBreakable();
  broken.add("each[1]");
  const steps = [step("each", { for_each: "inputs.list" }), step("after", { depends_on: ["each"] })];
  const id = await submitRun({ name: "items", inputs: { list: [1, 2, 3] }, steps });
  expect(statuses(await finalRun(id))).toEqual({ each: "failed", after: "blocked" });
  broken.clear();
  ran.length = 0;
  await new RunLedger(store).retry(id, null, "someone");
  const run = await finalRun(id);
  expect(run).toMatchObject({
    status: "completed",
    result: { output: { each: ["each[0]", "each[1]", "each[2]"] } },
  });
  expect(ran).toEqual(["each[1]", "after"]);
});

test("a run that was cancelled or stopped early is retried with all that had no chance", async () => {
  const { broken, ran } = serveBreakable();
  broken.add("bad");
  const steps = [step("bad"), step("later", { depends_on: ["bad"] })];
  const id = await submitRun({ name: "stopped", on_failure: "fail_fast", steps });
  expect((await finalRun(id)).status).toBe("failed");
  broken.clear();
  ran.length = 0;
  await new RunLedger(store).retry(id, null, "someone");
  expect(statuses(await finalRun(id))).toEqual({ bad: "completed", later: "completed" });
  expect(ran).toEqual(["bad", "later"]);
});

test("redriving the dead letter of a step revives its run, which completes", async () => {
  const { broken } = serveBreakable();
  broken.add("b");
  const id = await submitRun({
    name: "revived",
    steps: [step("a"), step("b", { depends_on: ["a"] }), step("c", { depends_on: ["b"] })],
  });
  await finalRun(id);
  broken.clear();
  const ledger = new RunLedger(store);
  await ledger.redriveStep(id, "b", "someone");
  expect(await finalRun(id)).toMatchObject({ status: "completed", result: { output: { c: "c" } } });
  await expect(ledger.redriveStep(id, "b", "someone")).rejects.toMatchObject({ code: "conflict" });
});

test("a step can be redriven while other steps of its run go on", async () => {
  const other = gate();
  const broken = new Set(["b"]);
  serve(async (task) => {
    const id = task.step?.stepId ?? "";
    if (id === "other") await other.opened;
    if (broken.has(id)) throw new PermanentFailure("agent_failed", "no");
    return answer(id);
  });
  serveRuns();
  const ledger = new RunLedger(store);
  const id = await submitRun({
    name: "alive",
    steps: [step("other"), step("b"), step("c", { depends_on: ["b", "other"] })],
  });
  await eventually(
    async () => (await ledger.find(id))?.steps.find((one) => one.step_id === "b")?.status === "failed",
  );
  broken.clear();
  await ledger.redriveStep(id, "b", "someone");
  await eventually(
    async () => (await ledger.find(id))?.steps.find((one) => one.step_id === "b")?.status === "completed",
  );
  other.open();
  expect((await finalRun(id)).status).toBe("completed");
});

test("who ended a task before it was opened again ends nothing of its new life", async () => {
  const { broken } = serveBreakable();
  broken.add("a");
  const id = await submitRun({ name: "late", steps: [step("a"), step("b", { depends_on: ["a"] })] });
  await finalRun(id);
  broken.clear();
  const ledger = new RunLedger(store);
  const located = await ledger.locate(id);
  if (located === null) throw new Error("the run is gone");
  await ledger.retry(id, null, "someone");
  // As a worker would that died between the end of the task and the end of the step.
  const { RunEngine } = await import("@drover/workflow");
  await new RunEngine(store).stepEnded(located.shard, id, "a");
  expect(await finalRun(id)).toMatchObject({ status: "completed" });
  expect(await store.redis.hget(located.shard.task(stepTaskId(id, "a")), "redo")).toBeNull();
});
