/** One line of a workspace's own configuration of OpenCode: something that Drover plugs in there, turns off, or both. */
import { packageIntegrity, pinnedPackage, pluginKind } from "@drover/contracts";
import { z } from "zod";

/** What Drover brings along. */
const content = z.discriminatedUnion("form", [
  z.object({ form: z.literal("text"), text: z.string() }),
  z.object({ form: z.literal("command"), command: z.array(z.string()) }),
  z.object({ form: z.literal("url"), url: z.string() }),
  z.object({ form: z.literal("package"), package: pinnedPackage, integrity: packageIntegrity }),
]);

const pluginSetting = z.object({
  name: z.string(),
  kind: pluginKind,
  enabled: z.boolean(),
  source: z.enum(["npm", "local", "builtin"]),
  version: z.string(),
  description: z.string(),
  /** Null: it comes from elsewhere, and is only turned off here. */
  content: content.nullable(),
});
export type PluginSetting = z.infer<typeof pluginSetting>;

/** A workspace's whole configuration. */
export const workspacePlugins = z.object({
  /** Grows with each change. */
  revision: z.number().int(),
  settings: z.array(pluginSetting),
});
export type WorkspacePlugins = z.infer<typeof workspacePlugins>;
