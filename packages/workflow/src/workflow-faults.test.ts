import type { WorkflowDefinition } from "@drover/contracts";
import { expect, test } from "vitest";
import { workflowFaults } from "./workflow-faults.ts";

const echo = (id: string, depends_on: string[] = []) => ({
  id,
  agent: "diagnostics",
  task: "echo",
  parameters: { value: id },
  depends_on,
});
const faults = (steps: WorkflowDefinition["steps"], more: Partial<WorkflowDefinition> = {}) =>
  workflowFaults({ name: "test", steps, ...more });

test("a valid workflow has no faults", () => {
  expect(faults([echo("a"), echo("b", ["a"])])).toEqual([]);
});

test("every fault is named at once, each with the path of its field", () => {
  const found = faults(
    [
      echo("a"),
      echo("a"),
      echo("b", ["nowhere"]),
      { id: "c", agent: "nobody", task: "echo" },
      { id: "d", agent: "diagnostics", task: "dance" },
      { id: "e", agent: "diagnostics", task: "sleep", parameters: { ms: "long", extra: 1 } },
    ],
    { result: ["z"] },
  );
  expect(found.map(({ field }) => field)).toEqual([
    "steps[1].id",
    "steps[2].depends_on",
    "steps[3].agent",
    "steps[4].task",
    "steps[5].parameters.ms",
    "steps[5].parameters.extra",
    "result",
  ]);
});

test("a cycle is named by its path", () => {
  const [fault] = faults([echo("a", ["b"]), echo("b", ["a"]), echo("free")]);
  expect(fault).toMatchObject({ field: "steps" });
  expect(fault?.detail).toMatch(/a → b → a|b → a → b/);
});

test("an agent can be named by its contract's name only, and the message lists them", () => {
  const [fault] = faults([{ id: "a", agent: "opencod", task: "fix" }]);
  expect(fault?.detail).toContain("opencode");
});
