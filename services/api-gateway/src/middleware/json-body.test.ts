import { expect, test } from "vitest";
import { isDeeperThan } from "./json-body.ts";

const nested = (depth: number) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);

test("depth counts arrays and objects, in any branch", () => {
  expect(isDeeperThan(7, 0)).toBe(false);
  expect(isDeeperThan(nested(100), 100)).toBe(false);
  expect(isDeeperThan(nested(101), 100)).toBe(true);
  expect(isDeeperThan({ a: 1, b: [{ c: nested(3) }] }, 6)).toBe(false);
  expect(isDeeperThan({ a: 1, b: [{ c: nested(3) }] }, 5)).toBe(true);
});

test("a hundred thousand levels are no danger to whoever counts them", () => {
  expect(isDeeperThan(nested(100_000), 100)).toBe(true);
});
