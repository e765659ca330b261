import fc from "fast-check";
import { expect, test } from "vitest";
import { deriveId, idSchema, idSuffixAt, newId } from "./ids.ts";

const moments = fc.integer({ min: 0, max: 2 ** 47 });

test("a new id is valid for its kind and for no other", () => {
  expect(idSchema("task").safeParse(newId("task")).success).toBe(true);
  expect(idSchema("task").safeParse(newId("workflow")).success).toBe(false);
});

test("a derived id is valid, the same each time, and different for each name and each origin", () => {
  const run = newId("workflow");
  const id = deriveId("task", run, "backend");
  expect(idSchema("task").safeParse(id).success).toBe(true);
  expect(deriveId("task", run, "backend")).toBe(id);
  expect(deriveId("task", run, "frontend")).not.toBe(id);
  expect(deriveId("task", newId("workflow"), "backend")).not.toBe(id);
});

test("a derived id sorts by the time of its origin", () => {
  const origin = newId("workflow");
  const suffix = deriveId("task", origin, "step").slice("task_".length);
  // The first ten characters are the milliseconds, less two bits.
  expect(suffix.slice(0, 9)).toBe(origin.slice("wf_".length, "wf_".length + 9));
});

test("the smallest suffix of a moment sorts before every id made later and after every id made before", () => {
  fc.assert(
    fc.property(moments, moments, (a, b) => {
      fc.pre(a !== b);
      const [early, late] = a < b ? [a, b] : [b, a];
      expect(idSuffixAt(early) < idSuffixAt(late)).toBe(true);
    }),
  );
  expect(idSuffixAt(Date.now() - 1_000) < newId("task").slice("task_".length)).toBe(true);
  expect(idSuffixAt(Date.now() + 1_000) > newId("task").slice("task_".length)).toBe(true);
});
