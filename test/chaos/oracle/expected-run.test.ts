import { expect, test } from "vitest";
import { expectedRun } from "./expected-run.ts";
import { aStep } from "./plan.fixture.ts";

const nobody = new Set<string>();
const statusesOf = (...arguments_: Parameters<typeof expectedRun>) => {
  const { steps, status } = expectedRun(...arguments_);
  return { ...Object.fromEntries(steps), run: status };
};

test("a failed step blocks what depends on it, and nothing else", () => {
  const plan = [
    aStep("a", { fails: true }),
    aStep("b", { dependsOn: ["a"] }),
    aStep("c", { dependsOn: ["b"] }),
    aStep("d"),
  ];
  expect(statusesOf(plan, nobody)).toEqual({
    a: "failed",
    b: "blocked",
    c: "blocked",
    d: "completed",
    run: "failed",
  });
});

test("where a step may fail, the run completes", () => {
  const plan = [aStep("a", { fails: true, continueOnError: true }), aStep("b", { dependsOn: ["a"] })];
  expect(statusesOf(plan, nobody)).toEqual({ a: "failed", b: "completed", run: "completed" });
});

test("a cancelled step blocks as a failed one does, and makes the run cancelled where nothing failed", () => {
  const plan = [aStep("a"), aStep("b", { dependsOn: ["a"] }), aStep("c", { fails: true })];
  const cancelled = new Set(["a"]);
  expect(statusesOf(plan.slice(0, 2), cancelled)).toEqual({ a: "cancelled", b: "blocked", run: "cancelled" });
  expect(statusesOf(plan, cancelled)).toMatchObject({ run: "failed" });
});
