/** What is plugged into a workspace's OpenCode. */
import { z } from "zod";

export const pluginKind = z.enum(["plugin", "mcp", "agent", "command", "skill", "tool"]);
export type PluginKind = z.infer<typeof pluginKind>;

export const plugin = z.object({
  name: z.string(),
  version: z.string(),
  source: z.enum(["npm", "local", "builtin"]),
  kind: pluginKind,
  enabled: z.boolean(),
  workspace_id: z.string().optional(),
  description: z.string(),
});
export type Plugin = z.infer<typeof plugin>;

/** It becomes the name of a file, of a tool, or of an npm package. */
export const pluginName = z
  .string()
  .regex(
    /^(?:@[a-z0-9][a-z0-9._-]{0,63}\/)?[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/,
    "must be letters, digits, dot, dash and underscore, at most 64; a scope may stand before it",
  );
