import type { WorkflowDefinition } from "@drover/contracts";
import { expect, test } from "vitest";
import { workflowFaults } from "../workflow-faults.ts";

type Steps = WorkflowDefinition["steps"];

/** Each step depends on `width` steps before it and names one of them, one farther away, and an input. */
function layered(count: number, width: number): Steps {
  return Array.from({ length: count }, (_, n) => {
    const depends_on = Array.from({ length: Math.min(width, n) }, (_, back) => `s${n - 1 - back}`);
    const far = `s${Math.floor(n / 2)}`;
    const value =
      n < 2 ? "${{ inputs.x }}" : `\${{ steps.s${n - 1}.output }} \${{ steps.${far}.output.of${n} }}`;
    return { id: `s${n}`, agent: "diagnostics", task: "echo", parameters: { value }, depends_on };
  });
}

/** Processor time, since the machine may have other work; the least of some, since the first run also compiles. */
function leastMs(runs: number, work: () => void): number {
  const spent = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...spent);
}

test("10,000 steps with 100,000 dependencies and two expressions each are checked within a second", {
  timeout: 60_000,
}, () => {
  const definition = { name: "large", steps: layered(10_000, 10), inputs: { x: 1 } };
  expect(leastMs(3, () => expect(workflowFaults(definition)).toEqual([]))).toBeLessThan(1000);
});

test("more than 100,000 dependencies are refused", () => {
  expect(workflowFaults({ name: "large", steps: layered(10_000, 11) })).toEqual([
    { field: "steps", detail: expect.stringContaining("of at most 100000") },
  ]);
});

test("a workflow above 4 MiB is refused", () => {
  const value = "x".repeat(500_000);
  const steps = (count: number): Steps =>
    Array.from({ length: count }, (_, n) => ({
      id: `s${n}`,
      agent: "diagnostics",
      task: "echo",
      parameters: { value },
    }));
  expect(workflowFaults({ name: "large", steps: steps(8) })).toEqual([]);
  expect(workflowFaults({ name: "large", steps: steps(9) })).toEqual([
    { field: "(body)", detail: expect.stringContaining("of at most 4194304") },
  ]);
});

test("what is nested deeper than 32 levels is refused, however deep", () => {
  const nested = (levels: number): unknown => {
    let value: unknown = "${{ inputs.x }}";
    for (let level = 0; level < levels; level += 1) value = [value];
    return value;
  };
  const steps = (levels: number): Steps => [
    { id: "a", agent: "diagnostics", task: "echo", parameters: { value: nested(levels) } },
  ];
  expect(workflowFaults({ name: "deep", steps: steps(31) })).toEqual([]);
  expect(workflowFaults({ name: "deep", steps: steps(32) }).map(({ field }) => field)).toEqual([
    "steps[0].parameters",
  ]);
  expect(
    workflowFaults({ name: "deep", steps: steps(100_000), inputs: { x: nested(100_000) } }).map(
      ({ field }) => field,
    ),
  ).toEqual(["inputs", "steps[0].parameters"]);
});
