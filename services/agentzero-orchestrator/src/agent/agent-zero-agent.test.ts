import { agentConformance, anAgentTask, recordedContext } from "@drover/agent-kit/conformance";
import { type Payload, plan as planSchema } from "@drover/contracts";
import { startDemoModel } from "@drover/demo-model";
import { createLogger } from "@drover/observability";
import { expect, test } from "vitest";
import { readOrchestratorConfig } from "../config.ts";
import { createAgentZeroAgent } from "../create-agent.ts";
import { registeredAgents } from "../planner/planner.conformance.ts";
import { hang, startEndpoint } from "../planner/scripted-endpoint.ts";

const logger = createLogger({ service: "test", level: "silent" });
const registry = { agents: async () => registeredAgents() };

const agentWith = (environment: Record<string, string>, source = registry) =>
  createAgentZeroAgent(readOrchestratorConfig(environment), logger, source);
const compose = (fields: Payload) =>
  anAgentTask({ type: "agentzero", payload: { action: "compose", ...fields } });

agentConformance("agentzero", async () => {
  const silent = await startEndpoint(hang);
  return {
    agent: agentWith({ DROVER_MODEL_BASE_URL: silent.url, DROVER_MODEL: "some-model" }),
    quickTask: () => compose({ goal: "Build an API" }),
    endlessTask: () => compose({ goal: "Build an API", planner: "llm" }),
    invalidTask: () => compose({ goal: "" }),
    leftovers: async () => {
      await expect.poll(() => silent.connections(), { timeout: 2_000 }).toBe(0);
      return [];
    },
    [Symbol.asyncDispose]: () => silent[Symbol.asyncDispose](),
  };
});

test("a plan by a model reports its tokens", async () => {
  await using model = await startDemoModel();
  await using agent = agentWith({ DROVER_MODEL_BASE_URL: model.url });
  const context = recordedContext();
  const result = await agent.execute(compose({ goal: "Build an API", planner: "llm" }), context);
  expect(planSchema.parse(result.output).planner).toBe("llm");
  expect(result.usage?.input_tokens).toBeGreaterThan(0);
  expect(context.progressed.map(({ kind }) => kind)).toEqual(["planning", "model_call", "planned"]);
});

test.each([
  ["no model", {}, "rules"],
  ["no model, llm wished", { DROVER_PLANNER: "llm" }, "rules"],
  [
    "the demo model, llm wished",
    { DROVER_MODEL_BASE_URL: "http://127.0.0.1:9", DROVER_PLANNER: "llm" },
    "rules",
  ],
  ["a model", { DROVER_MODEL_BASE_URL: "http://127.0.0.1:9", DROVER_MODEL: "m" }, "rules"],
])("with %s the rules plan", async (_name, environment, planner) => {
  await using agent = agentWith(environment);
  const result = await agent.execute(compose({ goal: "Build an API" }), recordedContext());
  expect(planSchema.parse(result.output).planner).toBe(planner);
});

test("with a model and llm wished, the model plans", async () => {
  await using agent = agentWith({
    DROVER_MODEL_BASE_URL: "http://127.0.0.1:9",
    DROVER_MODEL: "m",
    DROVER_PLANNER: "llm",
  });
  await expect(agent.execute(compose({ goal: "Build" }), recordedContext())).rejects.toMatchObject({
    code: "model_unavailable",
  });
});

test("a planner that is not configured is refused for good", async () => {
  await using agent = agentWith({});
  await expect(
    agent.execute(compose({ goal: "Build", planner: "llm" }), recordedContext()),
  ).rejects.toMatchObject({ name: "PermanentFailure", code: "agent_unavailable" });
});

test("the plan is for the task's workspace, and for no other", async () => {
  await using agent = agentWith({});
  const task = { ...compose({ goal: "Build an API" }), workspaceId: "ws-1" };
  const { output } = await agent.execute(task, recordedContext());
  expect(planSchema.parse(output).workflow.workspace_id).toBe("ws-1");
  const other = { ...compose({ goal: "Build an API", workspace_id: "ws-2" }), workspaceId: "ws-1" };
  await expect(agent.execute(other, recordedContext())).rejects.toMatchObject({ code: "invalid_payload" });
});

test("a registry that cannot be read is tried again", async () => {
  const broken = { agents: () => Promise.reject(new Error("connection is closed")) };
  await using agent = agentWith({}, broken);
  await expect(agent.execute(compose({ goal: "Build" }), recordedContext())).rejects.toMatchObject({
    name: "RetryableFailure",
    code: "redis_unavailable",
  });
});

test("without a registry every agent that this version serves may be planned with", async () => {
  await using agent = createAgentZeroAgent(readOrchestratorConfig({}), logger);
  const goal = "Build an API with a Docker image and deploy it";
  const { output } = await agent.execute(compose({ goal }), recordedContext());
  expect(planSchema.parse(output).workflow.steps.map((step) => step.agent)).toEqual([
    "opencode",
    "docker",
    "kubernetes",
  ]);
});
