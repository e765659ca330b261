import { defaultBackoff } from "@drover/contracts";
import {
  CancelledFailure,
  CapacityFailure,
  PermanentFailure,
  RetryableFailure,
  type TaskFailure,
  toFailure,
} from "@drover/errors";
import { expect, test } from "vitest";
import { type FailedAttempt, retryAfterMsMax, verdictOn } from "./failure-policy.ts";

const failed = (failure: TaskFailure, more: Partial<FailedAttempt> = {}): FailedAttempt => ({
  failure,
  attempt: 1,
  maxAttempts: 3,
  backoff: defaultBackoff,
  nowMs: 1_000_000,
  endsByMs: null,
  random: 1,
  ...more,
});
const permanent = new PermanentFailure("agent_failed", "no");
const retryable = new RetryableFailure("agent_failed", "once more");
const retryIn = (retryAfterMs: number) => new RetryableFailure("agent_failed", "later", { retryAfterMs });
const full = (retryAfterMs: number) => new CapacityFailure("model_rate_limited", "full", { retryAfterMs });
const hour = 3_600_000;

test.each<[string, FailedAttempt, object]>([
  ["permanent fails at once", failed(permanent), { kind: "fail", failure: permanent }],
  [
    "cancelled cancels, even in the last attempt",
    failed(new CancelledFailure(), { attempt: 3 }),
    { kind: "cancel" },
  ],
  [
    "retryable waits for the backoff of its attempt",
    failed(retryable),
    { kind: "retry", untilMs: 1_001_000 },
  ],
  ["the bound grows by the factor", failed(retryable, { attempt: 2 }), { kind: "retry", untilMs: 1_002_000 }],
  [
    "the cap holds",
    failed(retryable, { attempt: 18, maxAttempts: 20 }),
    { kind: "retry", untilMs: 1_300_000 },
  ],
  ["jitter goes down to nothing", failed(retryable, { random: 0 }), { kind: "retry", untilMs: 1_000_000 }],
  [
    "a task's own backoff counts",
    failed(retryable, { attempt: 3, maxAttempts: 9, backoff: { initial_ms: 10, cap_ms: 500, factor: 10 } }),
    { kind: "retry", untilMs: 1_000_500 },
  ],
  [
    "retryable in the last attempt fails",
    failed(retryable, { attempt: 3 }),
    { kind: "fail", failure: retryable },
  ],
  [
    "what was asked for is never undercut",
    failed(retryIn(60_000), { random: 0 }),
    { kind: "retry", untilMs: 1_060_000 },
  ],
  ["and is spread above", failed(retryIn(60_000)), { kind: "retry", untilMs: 1_072_000 }],
  [
    "but not beyond the hour",
    failed(retryIn(9e9), { random: 0 }),
    { kind: "retry", untilMs: 1_000_000 + hour },
  ],
  [
    "capacity parks, in the last attempt as well",
    failed(full(5_000), { attempt: 3, random: 0 }),
    { kind: "park", untilMs: 1_005_000 },
  ],
  ["capacity does not spin", failed(full(0), { random: 0 }), { kind: "park", untilMs: 1_000_100 }],
  [
    "capacity is bounded",
    failed(full(9e9), { random: 0 }),
    { kind: "park", untilMs: 1_000_000 + retryAfterMsMax },
  ],
  [
    "what would come after the task's time ends it now",
    failed(retryable, { endsByMs: 1_000_900 }),
    { kind: "fail", failure: { name: "PermanentFailure", code: "total_timed_out", cause: retryable } },
  ],
  [
    "a wait within the task's time is a wait",
    failed(full(5_000), { endsByMs: 1_009_000 }),
    { kind: "park", untilMs: 1_006_000 },
  ],
  ["whatever else was thrown is retryable", failed(toFailure("text")), { kind: "retry" }],
])("%s", (_title, attempt, verdict) => {
  expect(verdictOn(attempt)).toMatchObject(verdict);
});
