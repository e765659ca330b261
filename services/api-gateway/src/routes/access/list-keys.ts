import { coversGrants } from "@drover/access";
import { listKeys, parseSearch } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const listKeysRoute = answering(listKeys)(async (services, { query, principal }) => {
  parseSearch(query.q, []);
  const all = await services.authentication.keys.list();
  const visible = all.filter((key) => coversGrants(principal, "key:read", key.roles));
  const { after_id: cursor, limit } = query;
  const rest = cursor === undefined ? visible : visible.filter((key) => key.id < cursor);
  return { status: 200, body: { keys: rest.slice(0, limit), count: visible.length } };
});
