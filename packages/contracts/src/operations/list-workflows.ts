import { basePath, defineOperation } from "../define-operation.ts";
import { listOf, listQuery } from "../list-query.ts";
import { workflowSummary } from "../workflow.ts";

/** Keys of `q` when listing runs. */
export const workflowSearchKeys = ["status", "name", "workspace", "organization"] as const;

export const listWorkflows = defineOperation({
  id: "list_workflows",
  method: "get",
  path: `${basePath}/agentzero/workflows`,
  summary: "List runs, newest first, without their steps",
  description: `Terms of q: ${workflowSearchKeys.join(", ")}.`,
  tag: "Agent-Zero",
  requires: "workflow:read",
  query: listQuery,
  responses: { 200: { description: "Runs.", schema: listOf("workflows", workflowSummary) } },
});
