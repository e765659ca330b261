import { expect, test } from "vitest";
import { isSameOrigin } from "./same-origin.ts";

test("what a browser says decides; who says nothing is no browser", () => {
  const host = "drover.example:8080";
  expect(isSameOrigin({}, host)).toBe(true);
  expect(isSameOrigin({ origin: "https://drover.example:8080" }, host)).toBe(true);
  expect(isSameOrigin({ origin: "https://drover.example:8080" }, "Drover.Example:8080")).toBe(true);
  expect(isSameOrigin({ origin: "https://drover.example" }, host)).toBe(false);
  expect(isSameOrigin({ origin: "https://drover.example:8080.evil.example" }, host)).toBe(false);
  expect(isSameOrigin({ origin: "null" }, host)).toBe(false);
  expect(isSameOrigin({ origin: "https://drover.example:8080" }, undefined)).toBe(false);
  expect(isSameOrigin({ "sec-fetch-site": "none" }, host)).toBe(true);
  // The more exact word counts: another port of this host is another origin.
  expect(isSameOrigin({ "sec-fetch-site": "same-site", origin: "https://drover.example:8080" }, host)).toBe(
    false,
  );
});
