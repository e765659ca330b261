import { RunLedger } from "@drover/workflow";
import { expect, test } from "vitest";
import {
  close,
  echo,
  ended,
  orchestrate,
  run,
  step,
  stepTask,
  store,
  submit,
  work,
} from "./control.fixture.ts";

const endOf = (output: unknown) => Date.parse(Object(Object(output)["pause"])["waited_until"]);

test("a wait lets its time pass, spends no attempt, and what depends on it starts after it", async () => {
  orchestrate();
  await work();
  const id = await submit([step("pause", "wait", { duration_seconds: 0.5 }), echo("after", "pause")]);
  const { row } = await stepTask(id, "pause", "delayed");
  expect(row).toMatchObject({ attempt: 0, waits_for: { kind: "time" } });
  const done = await ended(id);
  expect(done.status).toBe("completed");
  const [pause, after] = done.steps;
  const waitedMs = Date.parse(after?.started_at ?? "") - Date.parse(pause?.started_at ?? "");
  expect(waitedMs).toBeGreaterThanOrEqual(500);
  expect(endOf(done.result?.output)).toBeLessThanOrEqual(Date.parse(pause?.finished_at ?? ""));
});

test("a wait until a time that has passed is no wait", async () => {
  orchestrate();
  const until = "2020-01-01T00:00:00.000Z";
  const id = await submit([step("pause", "wait", { until })]);
  expect(await ended(id)).toMatchObject({
    status: "completed",
    result: { output: { pause: { waited_until: until } } },
  });
});

test("a wait goes on while no orchestrator runs, and is not begun anew by the next one", async () => {
  const first = orchestrate();
  const id = await submit([step("pause", "wait", { duration_seconds: 1 })]);
  const { row } = await stepTask(id, "pause", "delayed");
  await close(first);
  orchestrate();
  const done = await ended(id);
  expect(done.status).toBe("completed");
  expect(row.waits_for).toEqual({
    kind: "time",
    until: new Date(endOf(done.result?.output)).toISOString(),
    redo: 0,
  });
});

test("a wait can be cancelled at once, and its run with it", async () => {
  orchestrate();
  const id = await submit([step("pause", "wait", { duration_seconds: 3600 }), echo("after", "pause")]);
  await stepTask(id, "pause", "delayed");
  await new RunLedger(store).cancel(id, "key_author");
  expect(await run(id)).toMatchObject({ status: "cancelled", steps: [{ status: "cancelled" }, {}] });
});

test("parameters that turn out wrong fail the step and are named", async () => {
  orchestrate();
  const id = await submit([step("pause", "wait", { duration_seconds: -1 })]);
  expect((await ended(id)).steps[0]).toMatchObject({
    status: "failed",
    error: { code: "invalid_payload", message: expect.stringContaining("duration_seconds") },
  });
});
