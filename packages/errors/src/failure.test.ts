import { expect, test } from "vitest";
import { DroverError } from "./drover-error.ts";
import { CapacityFailure, PermanentFailure, RetryableFailure, toFailure } from "./failure.ts";

test("a failure with a class keeps it; anything else that is thrown is retryable and keeps its cause", () => {
  const permanent = new PermanentFailure("agent_failed", "no");
  const capacity = new CapacityFailure("no_free_slot", "busy", { retryAfterMs: 10 });
  expect(toFailure(permanent)).toBe(permanent);
  expect(toFailure(capacity)).toBe(capacity);
  const cause = new TypeError("odd");
  const failure = toFailure(cause);
  expect(failure).toBeInstanceOf(RetryableFailure);
  expect(failure).toMatchObject({ code: "agent_failed", message: "odd", cause });
  expect(toFailure("a string")).toMatchObject({ code: "agent_failed", message: "a string" });
});

test("the body of an error holds its title, code and detail, and neither stack nor cause", () => {
  const error = new DroverError("conflict", { detail: "It moved.", cause: new Error("secret") });
  expect(error.status).toBe(409);
  expect(JSON.stringify(error.toBody())).not.toContain("secret");
  expect(error.toBody()).toEqual({
    message: "The request conflicts with the present state.",
    code: "conflict",
    detail: "It moved.",
  });
});
