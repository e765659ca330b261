import { listWorkflows, parseSearch, workflowSearchKeys } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { mergedPage, visibleParts } from "../../visible-pages.ts";

export const listWorkflowsRoute = answering(listWorkflows)(async (services, { query, principal }) => {
  const search = parseSearch(query.q, workflowSearchKeys);
  const parts = visibleParts(principal, "workflow:read", search);
  const page = await mergedPage(parts, query, (request) => services.runs.list(request));
  return { status: 200, body: { workflows: page.items, count: page.count } };
});
