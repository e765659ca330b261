import { executeTask, submitWorkflow } from "@drover/contracts";
import { expect, test } from "vitest";
import { workAt } from "./work-at.ts";

const many = Array.from({ length: 500 }, (_, index) => workAt(42, index, "all"));

test("the same seed makes the same program, another seed another", () => {
  expect(Array.from({ length: 500 }, (_, index) => workAt(42, index, "all"))).toEqual(many);
  expect(workAt(43, 0, "all")).not.toEqual(workAt(42, 0, "all"));
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

test("programs have what engines get wrong, and what people do to them", () => {
  const operations = new Set(many.map(({ operation }) => operation.kind));
  expect(operations).toEqual(
    new Set(["none", "cancel", "repeat", "redrive", "cancelStep", "pause", "retry"]),
  );
  const steps = many.flatMap((work) => (work.kind === "run" ? work.plan : []));
  expect(steps.some(({ step }) => (step.depends_on ?? []).length > 2)).toBe(true);
  for (const field of ["continue_on_error", "when", "for_each", "fallback"] as const)
    expect(steps.some(({ step }) => step[field] !== undefined)).toBe(true);
  const ends = new Set(steps.map((plan) => plan.ends.join()));
  expect(ends).toEqual(new Set(["completed", "failed", "skipped", "failed,completed"]));
});

test("a plain program uses nothing that the former version does not know", () => {
  for (let index = 0; index < 300; index += 1) {
    const work = workAt(42, index, "plain");
    if (work.kind === "task") continue;
    expect(["none", "repeat", "cancelStep"]).toContain(work.operation.kind);
    expect(JSON.stringify(work.definition)).not.toMatch(/\$\{\{|for_each|fallback|"when"/);
  }
});
