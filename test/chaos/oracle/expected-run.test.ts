import type { StepStatus } from "@drover/contracts";
import { expect, test } from "vitest";
import { expectedRun } from "./expected-run.ts";
import { aStep } from "./plan.fixture.ts";

const statusesOf = (plan: Parameters<typeof expectedRun>[0], seen: Record<string, StepStatus> = {}) => {
  const { steps, status } = expectedRun(plan, new Map(Object.entries(seen)));
  return { ...Object.fromEntries(steps), run: status };
};

test("a failed step blocks what depends on it, and nothing else", () => {
  const plan = [
    aStep("a", { ends: ["failed"] }),
    aStep("b", { dependsOn: ["a"] }),
    aStep("c", { dependsOn: ["b"] }),
    aStep("d"),
  ];
  expect(statusesOf(plan)).toEqual({
    a: "failed",
    b: "blocked",
    c: "blocked",
    d: "completed",
    run: "failed",
  });
});

test("where a step may fail, and where one is skipped, the run completes", () => {
  const plan = [
    aStep("a", { ends: ["failed"], step: { continue_on_error: true } }),
    aStep("b", { ends: ["skipped"] }),
    aStep("c", { dependsOn: ["a", "b"] }),
  ];
  expect(statusesOf(plan)).toEqual({ a: "failed", b: "skipped", c: "completed", run: "completed" });
});

test("a cancelled step blocks as a failed one does, and makes the run cancelled where nothing failed", () => {
  const plan = [aStep("a"), aStep("b", { dependsOn: ["a"] }), aStep("c", { ends: ["failed"] })];
  expect(statusesOf(plan.slice(0, 2), { a: "cancelled" })).toEqual({
    a: "cancelled",
    b: "blocked",
    run: "cancelled",
  });
  expect(statusesOf(plan, { a: "cancelled" })).toMatchObject({ run: "failed" });
});

test("what was seen decides only where more than one end is right", () => {
  const plan = [aStep("a", { ends: ["failed", "completed"] }), aStep("b")];
  expect(statusesOf(plan, { a: "completed", b: "failed" })).toEqual({
    a: "completed",
    b: "completed",
    run: "completed",
  });
  expect(statusesOf(plan, { a: "failed" })).toMatchObject({ a: "failed", run: "failed" });
});
