import { expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

test("the order of keys does not matter, that of items does", () => {
  expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: true })).toBe(
    canonicalJson({ a: true, b: [1, { c: "x", d: null }] }),
  );
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test("values of different kinds are different texts", () => {
  const texts = [1, "1", null, "null", [], {}, [1], { 0: 1 }, true, "true"].map(canonicalJson);
  expect(new Set(texts).size).toBe(texts.length);
});

test("what is undefined is absent", () => {
  expect(canonicalJson({ a: undefined })).toBe("{}");
  expect(canonicalJson(undefined)).toBe("null");
});
