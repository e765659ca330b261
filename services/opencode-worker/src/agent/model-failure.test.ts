import { expect, test } from "vitest";
import { answerFailure, retryFailure } from "./model-failure.ts";

const nowMs = 1_000_000;
const retry = (attempt: number, waitMs: number) =>
  ({ type: "retry", attempt, message: "Overloaded", next: nowMs + waitMs }) as const;

test("a short wait for a first or second try is left to OpenCode", () => {
  expect(retryFailure(retry(1, 2_000), { status: 503, message: "x" }, nowMs)).toBeNull();
  expect(retryFailure(retry(2, 4_000), null, nowMs)).toBeNull();
});

test("a third try, or a far one, goes back to the queue: a rate limit as capacity, all else as an outage", () => {
  expect(retryFailure(retry(3, 8_000), { status: 503, message: "x" }, nowMs)).toMatchObject({
    name: "RetryableFailure",
    code: "model_unavailable",
  });
  expect(retryFailure(retry(1, 90_000), { status: 429, message: "slow" }, nowMs)).toMatchObject({
    name: "CapacityFailure",
    code: "model_rate_limited",
    retryAfterMs: 90_000,
  });
  expect(retryFailure(retry(3, 8_000), null, nowMs)).toMatchObject({ code: "model_unavailable" });
});

test("an endpoint that was silent for as long as it may be is not waited for again", () => {
  expect(
    retryFailure(retry(1, 2_000), { status: null, message: "silent", silent: true }, nowMs),
  ).toMatchObject({
    name: "RetryableFailure",
    code: "model_unavailable",
  });
});

test("a provider that asks to wait for a day is asked again after an hour", () => {
  const failure = retryFailure(retry(1, 86_400_000), { status: 429, message: "" }, nowMs);
  expect(failure).toMatchObject({ retryAfterMs: 3_600_000 });
});

test.each([
  [{ name: "APIError", data: { message: "bad key", statusCode: 401, isRetryable: false } }, "model_rejected"],
  [{ name: "APIError", data: { message: "gone", statusCode: 502, isRetryable: true } }, "model_unavailable"],
  [{ name: "APIError", data: { message: "refused", isRetryable: true } }, "model_unavailable"],
  [{ name: "ProviderAuthError", data: { providerID: "p", message: "x" } }, "model_rejected"],
  [{ name: "MessageAbortedError", data: { message: "x" } }, "incomplete_answer"],
  [{ name: "UnknownError", data: { message: "Model not found: drover/x." } }, "model_rejected"],
  [{ name: "UnknownError", data: { message: 'Agent not found: "x"' } }, "invalid_payload"],
  [{ name: "UnknownError", data: { message: "The operation timed out." } }, "model_unavailable"],
  [{ name: "UnknownError", data: { message: "JSON parsing failed: Text: <html>" } }, "model_unavailable"],
  [{ name: "UnknownError", data: { message: "Type validation failed: Value: {}" } }, "model_unavailable"],
  [{ name: "UnknownError", data: { message: "boom" } }, "instance_failed"],
] as const)("%o is %s", (error, code) => {
  expect(answerFailure(error, null)).toMatchObject({ code });
});
