import { readFileSync } from "node:fs";
import { workflowDefinition, workflowStep } from "@drover/contracts";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { workflowFaults } from "../workflow-faults.ts";

const document = readFileSync(new URL("../../../../docs/workflows.md", import.meta.url), "utf8");

test("the workflow in docs/workflows.md can run", () => {
  const text = /```yaml\n([\s\S]+?)```/.exec(document)?.[1] ?? "";
  expect(workflowFaults(workflowDefinition.parse(parse(text)))).toEqual([]);
});

test("every field of a step stands in docs/workflows.md", () => {
  const section = /## A step\n([\s\S]+?)\n## /.exec(document)?.[1] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) =>
    [...(row.split(" | ")[0] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  const { shape } = workflowStep;
  expect(named).toEqual(expect.arrayContaining(Object.keys(shape)));
});
