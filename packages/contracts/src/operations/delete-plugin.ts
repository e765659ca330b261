import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { organizationId, workspaceId } from "../names.ts";
import { pluginKind } from "../plugin.ts";
import { pluginParams } from "./put-plugin.ts";

export const deletePlugin = defineOperation({
  id: "delete_plugin",
  method: "delete",
  path: `${basePath}/opencode/plugins/{plugin_name}`,
  summary: "Forget what was plugged into a workspace, or that it was turned off",
  tag: "OpenCode",
  requires: "instance:update",
  params: pluginParams,
  query: z.object({
    workspace_id: workspaceId,
    organization_id: organizationId.optional(),
    kind: pluginKind.optional(),
  }),
  responses: { 204: { description: "Forgotten.", schema: undefined } },
  errors: ["conflict"],
});
