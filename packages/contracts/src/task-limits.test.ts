import { expect, test } from "vitest";
import type { AgentDescriptor } from "./agents/agent-descriptor.ts";
import { policyOf } from "./agents/agent-policy.ts";
import { diagnostics } from "./agents/diagnostics.ts";
import { taskSubmission } from "./task.ts";

const agent: AgentDescriptor = {
  ...diagnostics,
  defaults: { maxAttempts: 3, timeoutSeconds: 100, heartbeatTimeoutSeconds: 50, backoff: { factor: 3 } },
  actions: {
    ...diagnostics.actions,
    sum: { ...diagnostics.actions.sum, defaults: { maxAttempts: 9, backoff: { cap_ms: 7 } } },
  },
};

test("a task's own limits count before its action's, and those before its agent's", () => {
  expect(policyOf(agent, "echo", {})).toEqual({
    maxAttempts: 3,
    backoff: { initial_ms: 1_000, cap_ms: 300_000, factor: 3 },
    timeoutSeconds: 100,
    startTimeoutSeconds: null,
    heartbeatTimeoutSeconds: 50,
    totalTimeoutSeconds: null,
    budget: null,
  });
  expect(policyOf(agent, "sum", { start_timeout_seconds: 5, backoff: { initial_ms: 2 } })).toMatchObject({
    maxAttempts: 9,
    backoff: { initial_ms: 2, cap_ms: 7, factor: 3 },
    startTimeoutSeconds: 5,
  });
  expect(
    policyOf(agent, "sum", { max_attempts: 1, timeout_seconds: 4, total_timeout_seconds: 8 }),
  ).toMatchObject({
    maxAttempts: 1,
    timeoutSeconds: 4,
    totalTimeoutSeconds: 8,
  });
});

test("limits out of bounds are refused, each by its path", () => {
  const parsed = taskSubmission.safeParse({
    type: "diagnostics",
    payload: {},
    max_attempts: 21,
    backoff: { initial_ms: 0, cap_ms: 1e9, factor: 0.5, jitter: 1 },
    timeout_seconds: 0,
    start_timeout_seconds: 0,
    heartbeat_timeout_seconds: 90_000,
    total_timeout_seconds: 1e9,
    budget: { cost_usd: 0, tool_calls: 1.5 },
  });
  const paths = parsed.error?.issues.map(({ path }) => path.join(".")) ?? [];
  expect(new Set(paths)).toEqual(
    new Set([
      "max_attempts",
      "backoff",
      "backoff.initial_ms",
      "backoff.cap_ms",
      "backoff.factor",
      "timeout_seconds",
      "start_timeout_seconds",
      "heartbeat_timeout_seconds",
      "total_timeout_seconds",
      "budget.cost_usd",
      "budget.tool_calls",
    ]),
  );
});
