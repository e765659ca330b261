/** Every way in which a model's provider can fail: each ends in its class and code, in time, and leaves nothing behind. */
import { readdir } from "node:fs/promises";
import { recordedContext } from "@drover/agent-kit/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  breakingOff,
  endingEarly,
  fallingSilent,
  garbage,
  hanging,
  type ModelProvider,
  type ProviderAnswer,
  refusing,
  saying,
  startModelProvider,
  unrelated,
  withoutBody,
} from "../model/model-provider.fixture.ts";
import { type AgentBench, agentBench } from "./agent.fixture.ts";

const silenceSeconds = 2;
/** On a busy machine. Left to itself, OpenCode would try for 70 seconds, or for as long as it is told to. */
const promptlyMs = 20_000;
/** OpenCode tries twice more, after 2 and 4 seconds. */
const afterRetriesMs = 40_000;
let provider: ModelProvider;
let bench: AgentBench;
let processes: number[];

beforeAll(async () => {
  provider = await startModelProvider();
  bench = await agentBench(process.env, {
    DROVER_MODEL_BASE_URL: provider.url,
    DROVER_MODEL_SILENCE_SECONDS: String(silenceSeconds),
  });
  await bench.put("ws-1", "kept.txt", "as it was\n");
  await bench.agent.execute(bench.prompt("hi"), recordedContext());
  processes = await bench.processes();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const failureOf = () =>
  bench.agent.execute(bench.prompt("do it"), recordedContext()).then(
    ({ output }) => ({ completed: output }),
    (error: unknown) => error,
  );

interface Fault {
  readonly answer: ProviderAnswer;
  readonly name: "PermanentFailure" | "RetryableFailure" | "CapacityFailure";
  readonly code: string;
  /** How long it may take until the task is told. */
  readonly withinMs: number;
  readonly retryAfterMs?: number;
}

const rejected = (answer: ProviderAnswer): Fault => ({
  answer,
  name: "PermanentFailure",
  code: "model_rejected",
  withinMs: promptlyMs,
});
const limited = (headers: Record<string, string>, retryAfterMs: number, withinMs: number): Fault => ({
  answer: refusing(429, headers),
  name: "CapacityFailure",
  code: "model_rate_limited",
  withinMs,
  retryAfterMs,
});
const unavailable = (answer: ProviderAnswer, withinMs = afterRetriesMs): Fault => ({
  answer,
  name: "RetryableFailure",
  code: "model_unavailable",
  withinMs,
});
const incomplete = (answer: ProviderAnswer): Fault => ({
  answer,
  name: "RetryableFailure",
  code: "incomplete_answer",
  withinMs: promptlyMs,
});
/** Silence is not waited for again. */
const silentMs = silenceSeconds * 1000 + promptlyMs;

const faults: Record<string, Fault> = {
  "401": rejected(refusing(401)),
  "403": rejected(refusing(403)),
  "404, for it has no such model": rejected(refusing(404)),
  "422": rejected(refusing(422)),
  "429 without Retry-After": limited({}, 8_000, afterRetriesMs),
  "429 with Retry-After": limited({ "retry-after": "120" }, 120_000, promptlyMs),
  "429 with a Retry-After of ten years": limited({ "retry-after": "315360000" }, 3_600_000, promptlyMs),
  "429 with a Retry-After that is no time": limited({ "retry-after": "soon" }, 8_000, afterRetriesMs),
  "500": unavailable(refusing(500)),
  "503": unavailable(refusing(503)),
  "503 with an absurd Retry-After": unavailable(refusing(503, { "retry-after": "86400" }), promptlyMs),
  "garbage as a stream": unavailable(garbage("text/event-stream")),
  "garbage as JSON": unavailable(garbage("application/json")),
  "JSON that is no answer": unavailable(unrelated),
  "a stream that breaks off": unavailable(breakingOff),
  "a stream that ends early": incomplete(endingEarly),
  "headers without a body": unavailable(withoutBody, silentMs),
  "a stream that falls silent": unavailable(fallingSilent, silentMs),
  "nothing at all": unavailable(hanging, silentMs),
  "an empty answer": incomplete(saying("")),
  "an answer that was cut at its length": incomplete(saying("I will now", "length")),
  "an answer that a filter cut": { ...rejected(saying("I will now", "content_filter")) },
};

test.each(Object.entries(faults))("a provider that answers %s", async (_title, fault) => {
  provider.answer = fault.answer;
  const startMs = Date.now();
  const failure = await failureOf();
  expect(failure).toMatchObject({ name: fault.name, code: fault.code });
  expect(Date.now() - startMs).toBeLessThan(fault.withinMs);
  if (fault.retryAfterMs !== undefined)
    expect(failure).toHaveProperty("retryAfterMs", expect.closeTo(fault.retryAfterMs, -4));
  // The session rests: the next task gets the same server at once, and nothing goes on in the background.
  provider.answer = saying("all is well");
  expect(await failureOf()).toMatchObject({ completed: { summary: "all is well", files: [] } });
  expect(await bench.processes()).toEqual(processes);
  expect(await readdir(bench.path("ws-1"))).toEqual(["kept.txt"]);
  expect(await bench.read("ws-1", "kept.txt")).toBe("as it was\n");
});
