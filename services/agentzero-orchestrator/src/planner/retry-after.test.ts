import { expect, test } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

test.each([
  ["3", 3000],
  ["0.5", 500],
  ["-4", 0],
  ["86400", 600_000],
  ["Thu, 01 Jan 1970 00:01:00 GMT", 50_000],
  ["soon", null],
  ["", null],
  [undefined, null],
])("Retry-After %j is %s ms", (header, expected) => {
  expect(retryAfterMs(header, 10_000)).toBe(expected);
});
