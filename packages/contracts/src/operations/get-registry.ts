import { basePath, defineOperation } from "../define-operation.ts";
import { listOf } from "../list-query.ts";
import { registeredAgent } from "../registry.ts";

export const getRegistry = defineOperation({
  id: "get_registry",
  method: "get",
  path: `${basePath}/registry`,
  summary: "Which agents exist and which live instances serve them",
  tag: "Registry",
  requires: "registry:read",
  responses: { 200: { description: "Agents.", schema: listOf("agents", registeredAgent) } },
});
