import { isAllowed } from "@drover/access";
import { instanceSearchKeys, listInstances, parseSearch } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const listInstancesRoute = answering(listInstances)(async (services, { query, principal }) => {
  const search = parseSearch(query.q, instanceSearchKeys);
  const all = await services.instances.list();
  const matching = all.filter((instance) => {
    const values = {
      workspace: instance.workspace_id,
      runtime: instance.runtime,
      status: instance.status,
      organization: instance.organization_id,
    };
    const scope = { organizationId: instance.organization_id, workspaceId: instance.workspace_id };
    return (
      isAllowed(principal, "instance:read", scope) &&
      instanceSearchKeys.every((key) => search[key] === undefined || search[key] === values[key])
    );
  });
  const { after_id: cursor, limit } = query;
  const rest = cursor === undefined ? matching : matching.filter((instance) => instance.id < cursor);
  return { status: 200, body: { instances: rest.slice(0, limit), count: matching.length } };
});
