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
  const lenient = [aStep("a", { continueOnError: true }), aStep("b", { dependsOn: ["a"] })];
  expect(faultsOf(lenient, "a.queued", "a.started", "a.failed", "b.queued")).toEqual([]);
});

test("a step that starts after the run's end, and a run that ends twice, are found", () => {
  expect(faultsOf([aStep("a")], "a.queued", "workflow.cancelled", "a.started")).toHaveLength(1);
  expect(faultsOf([aStep("a")], "workflow.completed", "workflow.failed")).toHaveLength(1);
});
