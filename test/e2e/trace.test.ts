import { startStack } from "@drover/embedded";
import { eventually } from "@drover/testing";
import { expect, test } from "vitest";
import { ask, prefix } from "./api.ts";
import { type ReceivedSpan, startOtlpReceiver } from "./otlp-receiver.ts";
import { workflowExample } from "./strategy.ts";

test("the trace of a workflow is one tree, from the HTTP request to the agent's last tool call", async () => {
  await using receiver = await startOtlpReceiver();
  await using stack = await startStack({
    serviceEnvironment: { "*": { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } },
  });
  const answer = await ask(stack, `${prefix}/agentzero/workflows`, { body: workflowExample });
  const traceId = answer.headers.get("X-Trace-Id") ?? "";
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  const { id, trace_id } = Object(answer.body);
  expect(trace_id).toBe(traceId);
  const run = await stack.client.waitForWorkflow(id, { timeoutMs: 110_000 });
  expect(run.status).toBe("completed");

  const ofTrace = () => receiver.spans.filter((span) => span.traceId === traceId);
  await eventually(() => ofTrace().some((span) => span.name.startsWith("task kubernetes")), {
    deadlineMs: 10_000,
  });
  await eventually(() => ofTrace().filter((span) => rootOf(span, ofTrace()) === null).length === 0, {
    deadlineMs: 10_000,
  });
  const spans = ofTrace();
  const roots = new Set(spans.map((span) => rootOf(span, spans)?.spanId));
  expect(roots.size).toBe(1);
  const root = spans.find((span) => roots.has(span.spanId));
  expect(root).toMatchObject({
    service: "api-gateway",
    name: expect.stringContaining(`${prefix}/agentzero/workflows`),
  });
  const names = spans.map((span) => span.name);
  expect(names).toEqual(
    expect.arrayContaining([
      "workflow Full Stack Feature",
      "task opencode generate_api",
      "task opencode generate_ui",
      "task kubernetes apply_manifest",
      "tool write",
    ]),
  );
  const tool = spans.find((span) => span.name === "tool write");
  const task = spans.find((span) => span.spanId === tool?.parentSpanId);
  expect(task?.name).toMatch(/^task opencode /);
  expect(new Set(spans.map((span) => span.service))).toEqual(
    new Set(["api-gateway", "agentzero-orchestrator", "opencode-worker", "infra-worker"]),
  );
});

/** The span at the top of this one's line; null while a link of the line is missing. */
function rootOf(span: ReceivedSpan, spans: readonly ReceivedSpan[]): ReceivedSpan | null {
  let at = span;
  while (at.parentSpanId) {
    const parent = spans.find((candidate) => candidate.spanId === at.parentSpanId);
    if (parent === undefined) return null;
    at = parent;
  }
  return at;
}
