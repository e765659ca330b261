import { afterAll, expect, test } from "vitest";
import { currentTraceId, currentTraceparent, startTracing, withSpan } from "./tracing.ts";

const tracing = startTracing({ service: "test", endpoint: undefined });
afterAll(() => tracing[Symbol.asyncDispose]());

test("a span taken up from its traceparent stays in the trace, and awaits keep it", async () => {
  const traceparent = await withSpan("request", {}, async () => {
    await Promise.resolve();
    return currentTraceparent();
  });
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  const traceId = await withSpan("later", { traceparent }, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return currentTraceId();
  });
  expect(traceId).toBe(traceparent?.split("-")[1]);
});

test("a failure in a span is thrown on", async () => {
  await expect(withSpan("failing", {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("outside of any span there is no trace", () => {
  expect(currentTraceId()).toBeNull();
  expect(currentTraceparent()).toBeNull();
});
