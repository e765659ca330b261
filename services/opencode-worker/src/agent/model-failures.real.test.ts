import { createServer } from "node:http";
import { recordedContext } from "@drover/agent-kit/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentBench, agentBench, ofKind, testApiKey } from "./agent.fixture.ts";

let bench: AgentBench;
beforeAll(async () => {
  bench = await agentBench(process.env);
});
afterAll(() => bench[Symbol.asyncDispose]());

const failureOf = (prompt: string, from = bench, context = recordedContext()) =>
  from.agent.execute(from.prompt(prompt), context).then(
    () => null,
    (error: unknown) => error,
  );

test.each([400, 401, 403])("a refusal with %i is final", async (status) => {
  expect(await failureOf(`fail ${status}`)).toMatchObject({
    name: "PermanentFailure",
    code: "model_rejected",
  });
});

test("a rate limit waits as long as the provider says and spends no attempt", async () => {
  const failure = await failureOf("fail 429 120");
  expect(failure).toMatchObject({ name: "CapacityFailure", code: "model_rate_limited" });
  expect(failure).toHaveProperty("retryAfterMs", expect.closeTo(120_000, -4));
});

test("an outage is tried again by OpenCode twice, then by the queue", async () => {
  const context = recordedContext();
  const failure = await failureOf("fail 503", bench, context);
  expect(failure).toMatchObject({ name: "RetryableFailure", code: "model_unavailable" });
  expect(ofKind(context.progressed, "model_retry").map((data) => data["attempt"])).toEqual([1, 2, 3]);
});

test("after every failure the same instance goes on", async () => {
  const before = await bench.processes();
  expect(await failureOf("say hi")).toBeNull();
  expect(await bench.processes()).toEqual(before);
});

test("an endpoint that does not answer is an outage, and a key that it repeats is not told", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(401, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: `Incorrect API key: ${testApiKey}` } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await using other = await agentBench(process.env, { DROVER_MODEL_BASE_URL: `http://127.0.0.1:${port}/v1` });
  const refused = await failureOf("say hi", other);
  expect(refused).toMatchObject({ code: "model_rejected", message: expect.stringContaining("[redacted]") });
  expect(String(refused)).not.toContain(testApiKey);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  expect(await failureOf("say hi", other)).toMatchObject({
    name: "RetryableFailure",
    code: "model_unavailable",
  });
});
