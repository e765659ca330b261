import { expect, test } from "vitest";
import { orderFaults } from "./order-faults.ts";
import { aStep } from "./plan.fixture.ts";
import { story } from "./story.fixture.ts";

const chain = [aStep("a"), aStep("b", { dependsOn: ["a"] })];
const faultsOf = (plan: typeof chain, ...words: string[]) => orderFaults(plan, story(...words));

test("a step after what it depends on is in order", () => {
  const words = ["workflow.queued", "a.queued", "a.started", "a.completed", "b.queued", "b.started"];
  expect(faultsOf(chain, ...words, "b.completed", "workflow.completed")).toEqual([]);
});

test("a step before what it depends on has ended is found", () => {
  expect(faultsOf(chain, "a.queued", "a.started", "b.queued")).toHaveLength(1);
  expect(faultsOf(chain, "a.queued", "a.started", "a.failed", "b.queued")).toHaveLength(1);
});

test("a failed step lets others go on only where it says so", () => {
  const lenient = [aStep("a", { step: { continue_on_error: true } }), aStep("b", { dependsOn: ["a"] })];
  expect(faultsOf(lenient, "a.queued", "a.started", "a.failed", "b.queued")).toEqual([]);
});

test("a join waits for every item, and for the fallback of one that failed", () => {
  const fallback = { agent: "diagnostics", task: "echo" };
  const plan = [aStep("a", { items: 2, step: { fallback } }), aStep("b", { dependsOn: ["a"] })];
  const both = ["a[0].queued", "a[1].queued", "a[0].completed", "a[1].failed", "a[1].fallback.queued"];
  expect(faultsOf(plan, ...both, "b.queued")).toHaveLength(1);
  expect(faultsOf(plan, ...both, "a[1].fallback.completed", "b.queued")).toEqual([]);
});

test("a skipped step passes with what it depends on", () => {
  const plan = [
    aStep("a"),
    aStep("b", { dependsOn: ["a"], ends: ["skipped"] }),
    aStep("c", { dependsOn: ["b"] }),
  ];
  expect(faultsOf(plan, "a.queued", "c.queued")).toHaveLength(1);
  expect(faultsOf(plan, "a.queued", "a.completed", "c.queued")).toEqual([]);
});

test("a step that starts after the run's end or in a pause, and a run that ends twice, are found", () => {
  expect(faultsOf([aStep("a")], "a.queued", "workflow.cancelled", "a.started")).toHaveLength(1);
  expect(faultsOf([aStep("a")], "a.queued", "workflow.paused", "a.started")).toHaveLength(1);
  expect(faultsOf([aStep("a")], "workflow.completed", "workflow.failed")).toHaveLength(1);
});

test("a retry opens a step with all that came after it", () => {
  const done = [
    "a.queued",
    "a.completed",
    "b.queued",
    "b.completed",
    "workflow.completed",
    "workflow.queued",
  ];
  expect(faultsOf(chain, ...done, "a.queued", "a.completed", "b.queued", "b.completed")).toEqual([]);
  expect(faultsOf(chain, ...done, "a.queued", "b.queued")).toHaveLength(1);
});
