import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { listOf } from "../list-query.ts";
import { workspaceId } from "../names.ts";
import { plugin } from "../plugin.ts";

export const listPlugins = defineOperation({
  id: "list_plugins",
  method: "get",
  path: `${basePath}/opencode/plugins`,
  summary: "What is plugged into OpenCode: its agents, commands, skills, tools, MCP servers and plugins",
  tag: "OpenCode",
  requires: "instance:read",
  query: z.object({ workspace_id: workspaceId.optional() }),
  responses: { 200: { description: "Plugins.", schema: listOf("plugins", plugin) } },
});
