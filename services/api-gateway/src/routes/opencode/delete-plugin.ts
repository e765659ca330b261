import { authorizeResource, organizationFor } from "@drover/access";
import { deletePlugin } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { theOneMeant, withoutSetting } from "../../plugins/choose-setting.ts";
import { answering } from "../../routing/route.ts";

export const deletePluginRoute = answering(deletePlugin)(async (services, { params, query, principal }) => {
  const organizationId = organizationFor(principal, query.organization_id);
  const { workspace_id: workspaceId, kind } = query;
  const scope = authorizeResource(
    principal,
    "instance:update",
    { organizationId, workspaceId },
    (found) => found,
  );
  await services.pluginSettings.change(scope.organizationId, workspaceId, (settings) => {
    const meant = theOneMeant(settings, { name: params.plugin_name, kind });
    if (meant === null) throw new DroverError("not_found");
    return withoutSetting(settings, meant);
  });
  services.plugins.forget(organizationId);
  return { status: 204, body: undefined };
});
