/**
 * What the agent may do in a remote instance. Its configuration is the workspace's own, so Drover's word is given with each
 * session: everything is denied but what `permissions.ts` allows, then comes what the workspace's own configuration says, and
 * last what a task that only reads must not do. A sub-agent has a session of its own, for which only the workspace's
 * configuration counts.
 */
import type { PermissionRuleset } from "@opencode-ai/sdk/v2";
import { z } from "zod";
import { type PermissionClass, sessionPermissions, usualPermissions } from "./permissions.ts";

const action = z.enum(["allow", "ask", "deny"]);
const permissionConfig = z.union([
  action,
  z.record(z.string(), z.union([action, z.record(z.string(), action)])),
]);
type PermissionConfig = z.infer<typeof permissionConfig>;

/** What of an instance's configuration matters here; the rest, its keys among it, is dropped. */
export const remoteConfig = z.object({
  permission: permissionConfig.optional(),
  agent: z.object({ build: z.object({ permission: permissionConfig.optional() }).optional() }).optional(),
});
export type RemoteConfig = z.infer<typeof remoteConfig>;

/** @param asked the classes that a person is asked for */
export function remotePermissions(
  config: RemoteConfig,
  readOnly: boolean,
  asked: ReadonlySet<PermissionClass>,
): PermissionRuleset {
  return [
    ...rulesOf(usualPermissions(asked)),
    ...rulesOf(config.permission),
    ...rulesOf(config.agent?.build?.permission),
    ...(readOnly ? sessionPermissions(true, asked) : []),
  ];
}

/** The later rule wins, in OpenCode's configuration as in a ruleset. */
function rulesOf(config: PermissionConfig | undefined): PermissionRuleset {
  if (config === undefined) return [];
  const perPermission = typeof config === "string" ? { "*": config } : config;
  return Object.entries(perPermission).flatMap(([permission, decided]) =>
    Object.entries(typeof decided === "string" ? { "*": decided } : decided).map(([pattern, decision]) => ({
      permission,
      pattern,
      action: decision,
    })),
  );
}
