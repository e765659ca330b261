import { narrowScopes, visibleScopes } from "@drover/access";
import { listSchedules, parseSearch, scheduleSearchKeys } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const listSchedulesRoute = answering(listSchedules)(async (services, { query, principal }) => {
  const search = parseSearch(query.q, scheduleSearchKeys);
  const scopes = narrowScopes(visibleScopes(principal, "schedule:read"), {
    organization: search.organization,
  }).filter(({ workspaceId }) => workspaceId === null);
  const visible = scopes.some(({ organizations }) => organizations === "all")
    ? "all"
    : scopes.flatMap(({ organizations }) => organizations);
  const page = await services.schedules.list(visible, search, {
    limit: query.limit,
    afterId: query.after_id,
  });
  return { status: 200, body: { schedules: page.items, count: page.count } };
});
