import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { organizationId, workspaceId } from "../names.ts";
import { plugin, pluginKind, pluginName } from "../plugin.ts";
import { pluginSpec } from "../plugin-spec.ts";

export const pluginParams = z.object({ plugin_name: pluginName.describe("Plugin.") });

export const putPlugin = defineOperation({
  id: "put_plugin",
  method: "put",
  path: `${basePath}/opencode/plugins/{plugin_name}`,
  summary: "Plug something into a workspace's OpenCode, or turn on or off what is there",
  description:
    "Takes effect for the next task of the workspace; a running one goes on with what it has. With `spec` it adds or replaces; without, it changes what was added, or what OpenCode and its configuration bring along.",
  tag: "OpenCode",
  requires: "instance:update",
  params: pluginParams,
  body: z.strictObject({
    workspace_id: workspaceId,
    organization_id: organizationId.optional(),
    enabled: z.boolean(),
    kind: pluginKind.optional().describe("Which is meant, where several kinds have one of this name."),
    spec: pluginSpec.optional(),
  }),
  responses: { 200: { description: "As the workspace has it now.", schema: plugin } },
  errors: ["plugin_not_allowed", "plugin_unavailable", "catalogue_unavailable", "conflict", "not_found"],
});
