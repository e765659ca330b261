import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { agentState } from "../registry.ts";

export const getAgentState = defineOperation({
  id: "get_agent_state",
  method: "get",
  path: `${basePath}/status/{agent_name}`,
  summary: "How one agent is doing",
  tag: "Registry",
  requires: "registry:read",
  params: z.object({ agent_name: z.string().max(64) }),
  responses: { 200: { description: "Its state.", schema: agentState } },
});
