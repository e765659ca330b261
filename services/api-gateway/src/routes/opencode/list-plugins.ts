import { narrowScopes, visibleScopes } from "@drover/access";
import { listPlugins } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const listPluginsRoute = answering(listPlugins)(async (services, { query, principal }) => {
  const scopes = narrowScopes(visibleScopes(principal, "instance:read"), { workspace: query.workspace_id });
  const found = await Promise.all(
    scopes.map((scope) => services.plugins.list(scope.organizations, scope.workspaceId)),
  );
  const plugins = found.flat();
  return { status: 200, body: { plugins, count: plugins.length } };
});
