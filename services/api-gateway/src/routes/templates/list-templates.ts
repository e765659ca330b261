import { listTemplates, parseSearch, templateSearchKeys } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { visibleOrganizations } from "../../visible-organizations.ts";

export const listTemplatesRoute = answering(listTemplates)(async (services, { query, principal }) => {
  const search = parseSearch(query.q, templateSearchKeys);
  const visible = visibleOrganizations(principal, "template:read", search.organization);
  const all = (await services.templates.list(visible)).filter(
    ({ name }) => search.name === undefined || name === search.name,
  );
  const { after_id: after } = query;
  const templates = all.filter(({ id }) => after === undefined || id < after).slice(0, query.limit);
  return { status: 200, body: { templates, count: all.length } };
});
