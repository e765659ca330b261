import { executeTask, submitWorkflow } from "@drover/contracts";
import { expect, test } from "vitest";
import { workAt } from "./work-at.ts";

const many = Array.from({ length: 500 }, (_, index) => workAt(42, index));

test("the same seed makes the same program, another seed another", () => {
  expect(Array.from({ length: 500 }, (_, index) => workAt(42, index))).toEqual(many);
  expect(workAt(43, 0)).not.toEqual(workAt(42, 0));
});

test("every piece of work is one that the API takes", () => {
  for (const work of many) {
    const parsed =
      work.kind === "task"
        ? executeTask.body.safeParse(work.submission)
        : submitWorkflow.body.safeParse(work.definition);
    expect(parsed.error).toBeUndefined();
  }
});

test("a step depends on earlier ones only, so that every program is a DAG", () => {
  for (const work of many) {
    if (work.kind === "task") continue;
    const earlier = new Set<string>();
    for (const { step } of work.plan) {
      expect((step.depends_on ?? []).every((id) => earlier.has(id))).toBe(true);
      earlier.add(step.id);
    }
  }
});

test("programs have what engines get wrong: diamonds, failures, cancels, repetitions, redrives", () => {
  const operations = new Set(many.map(({ operation }) => operation.kind));
  expect(operations).toEqual(new Set(["none", "cancel", "repeat", "redrive", "cancelStep"]));
  const steps = many.flatMap((work) => (work.kind === "run" ? work.plan : []));
  expect(steps.some(({ step }) => (step.depends_on ?? []).length > 2)).toBe(true);
  expect(steps.some(({ step }) => step.continue_on_error === true)).toBe(true);
  expect(steps.some(({ outcome }) => outcome.kind === "failure")).toBe(true);
});
