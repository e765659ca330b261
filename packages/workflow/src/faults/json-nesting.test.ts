import { expect, test } from "vitest";
import { jsonNesting } from "./json-nesting.ts";

test("nesting is counted in lists and maps", () => {
  expect([1, null, "x"].map((value) => jsonNesting(value, 9))).toEqual([0, 0, 0]);
  expect(jsonNesting([], 9)).toBe(1);
  expect(jsonNesting({ a: [{ b: 1 }], c: {} }, 9)).toBe(3);
});

test("what is nested deeper than any stack is counted no further than needed", () => {
  let value: unknown = [];
  for (let level = 0; level < 1_000_000; level += 1) value = [value];
  expect(jsonNesting(value, 32)).toBe(33);
});
