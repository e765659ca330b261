import { authorize, organizationFor } from "@drover/access";
import { putPlugin } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { switched, theOneMeant, withSetting } from "../../plugins/choose-setting.ts";
import { answering } from "../../routing/route.ts";

export const putPluginRoute = answering(putPlugin)(async (services, call) => {
  const { body, params, principal } = call;
  const organizationId = organizationFor(principal, body.organization_id);
  const { workspace_id: workspaceId, enabled, spec } = body;
  authorize(principal, "instance:update", { organizationId, workspaceId });
  const name = params.plugin_name;
  const plugins = () => services.plugins.list([organizationId], workspaceId);
  if (spec === undefined) {
    const known = await plugins();
    const meant = { name, kind: body.kind };
    await services.pluginSettings.change(organizationId, workspaceId, (settings) =>
      switched(settings, known, meant, enabled),
    );
    services.plugins.forget(organizationId);
    const shown = theOneMeant(await plugins(), meant);
    if (shown === null) throw new DroverError("not_found");
    return { status: 200, body: shown };
  }
  const setting = await services.pluginSources.resolve(name, spec, enabled, call.signal);
  if (body.kind !== undefined && body.kind !== setting.kind)
    throw new DroverError("validation_failed", {
      validations: [{ field: "kind", detail: `the spec is of kind ${setting.kind}` }],
    });
  await services.pluginSettings.change(organizationId, workspaceId, (settings) =>
    withSetting(settings, setting),
  );
  services.plugins.forget(organizationId);
  const shown = theOneMeant(await plugins(), setting);
  if (shown === null) throw new DroverError("conflict", { detail: "It was deleted by somebody else." });
  return { status: 200, body: shown };
});
