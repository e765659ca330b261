import { orchestratable } from "../composition.ts";
import { basePath, defineOperation } from "../define-operation.ts";
import { listOf } from "../list-query.ts";

export const listOrchestratable = defineOperation({
  id: "list_orchestratable",
  method: "get",
  path: `${basePath}/agentzero/agents`,
  summary: "What can be orchestrated: agents and planners, with their state",
  tag: "Agent-Zero",
  requires: "registry:read",
  responses: { 200: { description: "Agents and planners.", schema: listOf("agents", orchestratable) } },
});
