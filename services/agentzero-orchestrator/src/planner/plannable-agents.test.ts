import type { AgentInstance } from "@drover/contracts";
import { expect, test } from "vitest";
import { plannableAgents } from "./plannable-agents.ts";
import { registeredAgents } from "./planner.conformance.ts";

const instance: AgentInstance = {
  id: "w1",
  host: "h",
  concurrency: 1,
  active: 0,
  last_seen_at: new Date(0).toISOString(),
  status: "unavailable",
  reason: "The engine does not answer.",
  capabilities: [],
};

const namesOf = (agents: ReturnType<typeof registeredAgents>) =>
  plannableAgents(agents).map(({ name }) => name);

test("only agents that do work and that this version serves are planned with", () => {
  expect(namesOf(registeredAgents())).toEqual(["opencode", "docker", "kubernetes"]);
});

test("an agent that refuses tasks is left out; one that nobody serves yet is not, for its tasks wait", () => {
  const agents = registeredAgents().map((agent) => {
    if (agent.name === "docker") return { ...agent, status: "unavailable" as const, instances: [instance] };
    if (agent.name === "kubernetes") return { ...agent, status: "unavailable" as const };
    return { ...agent, status: "degraded" as const };
  });
  expect(namesOf(agents)).toEqual(["opencode", "kubernetes"]);
});

test("the schema of a step's parameters does not ask for the action", () => {
  const openCode = plannableAgents(registeredAgents()).find(({ name }) => name === "opencode");
  const prompt = openCode?.actions.find(({ name }) => name === "prompt");
  expect(prompt?.parametersSchema).toMatchObject({ required: ["prompt"] });
  expect(prompt?.parametersSchema["properties"]).not.toHaveProperty("action");
});
