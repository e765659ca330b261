/** Puts the `agentzero` agent together from its settings. */
import type { Agent } from "@drover/agent-kit";
import { agentCatalogue, type PlannerName, payloadJsonSchema, type RegisteredAgent } from "@drover/contracts";
import type { Logger } from "@drover/observability";
import { workflowFaults } from "@drover/workflow";
import { AgentZeroAgent } from "./agent/agent-zero-agent.ts";
import type { AgentSource } from "./agent/read-registry.ts";
import type { OrchestratorConfig } from "./config.ts";
import { LlmPlanner } from "./planner/llm-planner.ts";
import type { Planner } from "./planner/planner.ts";
import { RulesPlanner } from "./planner/rules-planner.ts";

/** The built-in demo model goes by this name; its plans are scripts, so it is not planned with unless asked for. */
const demoModelName = "drover-demo";

/**
 * @param registry which agents take tasks now; absent: every agent that this version serves
 */
export function createAgentZeroAgent(
  config: OrchestratorConfig,
  logger: Logger,
  registry: AgentSource = everyServedAgent,
): Agent {
  const planners = [new RulesPlanner(), ...llmPlanner(config)];
  const defaultPlanner = defaultPlannerOf(config);
  logger.info({ planners: planners.map(({ name }) => name), default_planner: defaultPlanner }, "planners");
  return new AgentZeroAgent({ planners, defaultPlanner, registry, check: workflowFaults });
}

function llmPlanner(config: OrchestratorConfig): Planner[] {
  const baseUrl = config.DROVER_MODEL_BASE_URL;
  if (baseUrl === undefined) return [];
  const endpoint = {
    baseUrl,
    apiKey: config.DROVER_MODEL_API_KEY,
    model: config.DROVER_MODEL,
    deadlineMs: config.DROVER_PLANNER_DEADLINE_SECONDS * 1000,
  };
  return [new LlmPlanner(endpoint, workflowFaults)];
}

function defaultPlannerOf(config: OrchestratorConfig): PlannerName {
  const hasModel = config.DROVER_MODEL_BASE_URL !== undefined && config.DROVER_MODEL !== demoModelName;
  return hasModel ? config.DROVER_PLANNER : "rules";
}

const everyServedAgent: AgentSource = {
  agents: async () =>
    agentCatalogue.map(
      (descriptor): RegisteredAgent => ({
        name: descriptor.name,
        version: descriptor.version,
        description: descriptor.description,
        status: "unavailable",
        reason: null,
        supports: [...descriptor.supports],
        actions: Object.entries(descriptor.actions).map(([name, action]) => ({
          name,
          description: action.description,
          payload_schema: payloadJsonSchema(descriptor, name),
        })),
        queue: descriptor.name,
        instances: [],
      }),
    ),
};
