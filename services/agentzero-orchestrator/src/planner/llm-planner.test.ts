import { startDemoModel } from "@drover/demo-model";
import { CapacityFailure, PermanentFailure, RetryableFailure } from "@drover/errors";
import { workflowFaults } from "@drover/workflow";
import { describe, expect, test } from "vitest";
import { LlmPlanner } from "./llm-planner.ts";
import { plannerConformance, requestFor } from "./planner.conformance.ts";
import type { PlanProgress } from "./planner.ts";
import { hang, type Reply, type ScriptedEndpoint, startEndpoint, texts } from "./scripted-endpoint.ts";

const apiKey = "sk-test-0123456789";

const plannerAt = (baseUrl: string, deadlineMs = 10_000) =>
  new LlmPlanner({ baseUrl, apiKey, model: "m", deadlineMs }, workflowFaults);

plannerConformance("llm on the demo model", async () => {
  const model = await startDemoModel();
  const silent = await startEndpoint(hang);
  return {
    planner: plannerAt(model.url),
    endless: {
      planner: plannerAt(silent.url),
      started: () => expect.poll(() => silent.asked.length).toBe(1),
    },
    async [Symbol.asyncDispose]() {
      await model[Symbol.asyncDispose]();
      await silent[Symbol.asyncDispose]();
    },
  };
});

const never = new AbortController().signal;
const request = requestFor("Build an API", { workspace_id: "ws-1", constraints: ["Use Go"] });

const planText = (steps: unknown, more: Record<string, unknown> = {}) =>
  JSON.stringify({ workflow: { name: "Plan", steps, ...more }, explanation: "Because." });
const apiStep = { id: "api", agent: "opencode", task: "generate_api", parameters: { prompt: "Write it." } };
const good = planText([apiStep]);

async function planBy(
  reply: Reply,
  deadlineMs?: number,
  onProgress?: (progress: PlanProgress) => void,
  work: (endpoint: ScriptedEndpoint) => void = () => {},
) {
  await using endpoint = await startEndpoint(reply);
  await using planner = plannerAt(endpoint.url, deadlineMs);
  try {
    return await planner.plan(request, never, onProgress);
  } finally {
    work(endpoint);
  }
}

describe("what the model answers is checked", () => {
  test.each([
    ["fenced", `Here you are:\n\`\`\`json\n${good}\n\`\`\`\nGood luck!`],
    ["bare", good],
  ])("a %s plan is taken", async (_name, text) => {
    expect(await planBy(texts(text))).toEqual({
      workflow: { name: "Plan", steps: [apiStep], workspace_id: "ws-1" },
      explanation: "Because.",
      planner: "llm",
    });
  });

  test("its faults go back for repair, and the repaired plan is taken", async () => {
    const bad = planText([{ ...apiStep, depends_on: ["nothing"] }]);
    const progress: PlanProgress[] = [];
    const plan = await planBy(
      texts(bad, good),
      10_000,
      (noted) => progress.push(noted),
      ({ asked }) => {
        const repair = asked[1]?.messages ?? [];
        expect(repair.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
        expect(repair[2]?.content).toBe(bad);
        expect(repair[3]?.content).toContain('there is no step "nothing"');
      },
    );
    expect(plan.workflow.steps).toEqual([apiStep]);
    expect(progress).toEqual([
      { kind: "model_call", call: 1, inputTokens: 10, outputTokens: 5, faults: 1 },
      { kind: "model_call", call: 2, inputTokens: 10, outputTokens: 5, faults: 0 },
    ]);
  });

  test.each([
    ["no JSON", "I would rather not.", "must be one JSON object"],
    ["broken JSON", '{"workflow": {"name"', "must be one JSON object"],
    ["no steps", planText([]), "at least one step"],
    [
      "too many steps",
      planText(Array.from({ length: 51 }, (_, i) => ({ ...apiStep, id: `s${i}` }))),
      "at most 50",
    ],
    ["an unknown agent", planText([{ ...apiStep, agent: "root" }]), 'there is no agent "root"'],
    ["an agent that is not offered", planText([{ ...apiStep, agent: "gpu", task: "run" }]), "must be one of"],
    ["an unknown action", planText([{ ...apiStep, task: "rm" }]), 'has no action "rm"'],
    ["a cycle", planText([{ ...apiStep, depends_on: ["api"] }]), "cycle"],
    ["an unknown parameter", planText([{ ...apiStep, parameters: { shell: "rm -rf /" } }]), "shell"],
    [
      "another workspace",
      planText([{ ...apiStep, parameters: { context: { workspace_id: "ws-2" } } }]),
      "must be left out",
    ],
  ])("%s is repaired at most twice and then fails for good", async (_name, text, fault) => {
    let calls = 0;
    const planning = planBy(texts(text), 10_000, undefined, ({ asked }) => {
      calls = asked.length;
    });
    await expect(planning).rejects.toBeInstanceOf(PermanentFailure);
    await expect(planning).rejects.toMatchObject({
      code: "plan_invalid",
      message: expect.stringContaining(fault),
    });
    expect(calls).toBe(3);
  });

  test("it has no say in tenant, workspace, priority and labels", async () => {
    const text = planText([apiStep], {
      organization_id: "other",
      workspace_id: "ws-2",
      priority: "urgent",
      labels: { a: "b" },
      inputs: { a: 1 },
    });
    expect((await planBy(texts(text))).workflow).toEqual({
      name: "Plan",
      steps: [apiStep],
      workspace_id: "ws-1",
    });
  });
});

describe("a failing endpoint is told apart", () => {
  const status =
    (code: number, headers: Record<string, string> = {}): Reply =>
    (response) => {
      response.writeHead(code, headers).end(`{"error":{"message":"bad key ${apiKey}"}}`);
    };

  test("429 waits as long as it says and spends no attempt", async () => {
    const planning = planBy(status(429, { "retry-after": "7" }));
    await expect(planning).rejects.toBeInstanceOf(CapacityFailure);
    await expect(planning).rejects.toMatchObject({ code: "model_rate_limited", retryAfterMs: 7000 });
  });

  test.each([500, 503, 408])("%i is tried again", async (code) => {
    const planning = planBy(status(code));
    await expect(planning).rejects.toBeInstanceOf(RetryableFailure);
    await expect(planning).rejects.toMatchObject({ code: "model_unavailable" });
  });

  test.each([400, 401, 404, 302])("%i fails for good and does not repeat the key", async (code) => {
    const planning = planBy(status(code, { location: "http://127.0.0.1:9/" }));
    await expect(planning).rejects.toMatchObject({
      name: "PermanentFailure",
      code: "model_rejected",
      message: expect.not.stringContaining(apiKey),
    });
  });

  test.each<[string, Reply]>([
    ["a dropped connection", (response) => response.destroy()],
    ["HTML", (response) => response.end("<html></html>")],
    ["no choices", (response) => response.end('{"choices": []}')],
    ["an answer without end", (response) => flood(response)],
  ])("%s is tried again", async (_name, reply) => {
    await expect(planBy(reply)).rejects.toMatchObject({
      name: "RetryableFailure",
      code: "model_unavailable",
    });
  });

  test.each<[string, Reply]>([
    ["no answer", hang],
    ["half an answer", (response) => response.write("{")],
    ["half a refusal", (response) => response.writeHead(500).write("{")],
  ])("%s ends at the deadline", async (_name, reply) => {
    const startMs = performance.now();
    await expect(planBy(reply, 200)).rejects.toMatchObject({ code: "model_unavailable" });
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test("an unreachable endpoint is tried again", async () => {
    await using planner = plannerAt("http://127.0.0.1:9/v1");
    await expect(planner.plan(request, never)).rejects.toMatchObject({
      name: "RetryableFailure",
      code: "model_unavailable",
    });
  });

  test("the key goes into the header only", async () => {
    await planBy(texts(good), 10_000, undefined, ({ asked }) => {
      expect(asked[0]?.authorization).toBe(`Bearer ${apiKey}`);
      expect(JSON.stringify(asked[0]?.messages)).not.toContain(apiKey);
    });
  });
});

/** Writes for as long as somebody reads. */
function flood(response: Parameters<Reply>[0]): void {
  const more = () => {
    while (!response.destroyed && response.write("x".repeat(64 * 1024)));
  };
  response.on("drain", more);
  more();
}
