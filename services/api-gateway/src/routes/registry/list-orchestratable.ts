/** What a workflow can be made of, and who can make one. Planners live in the `agentzero` agent, so they share its state. */
import { agentZero, listOrchestratable, plannerNames } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

const plannerCapabilities: Readonly<Record<(typeof plannerNames)[number], string[]>> = {
  rules: ["compose", "offline", "deterministic"],
  llm: ["compose", "model"],
};

export const listOrchestratableRoute = answering(listOrchestratable)(async (services) => {
  const registered = await services.registry.agents();
  const agents = registered.map((agent) => ({
    kind: "agent" as const,
    name: agent.name,
    status: agent.status,
    reason: agent.reason,
    capabilities: agent.actions.map((action) => action.name),
  }));
  const home = registered.find((agent) => agent.name === agentZero.name);
  const planners = plannerNames.map((name) => ({
    kind: "planner" as const,
    name,
    status: home?.status ?? ("unavailable" as const),
    reason: home?.reason ?? null,
    capabilities: plannerCapabilities[name],
  }));
  const all = [...agents, ...planners];
  return { status: 200, body: { agents: all, count: all.length } };
});
