/** What the plugins of a workspace mean for its permissions: a tool that was added may be used, one that was turned off may not. */
import type { InstanceSpec } from "../instance/instance-runtime.ts";
import type { Decision } from "../instance/permissions.ts";

type Rules = Record<string, Decision | Record<string, Decision>>;
type Configured = Pick<InstanceSpec, "registration" | "configuration">;

/** Tools that change files share one permission. */
const permissionOfTool: Readonly<Record<string, string>> = {
  write: "edit",
  apply_patch: "edit",
  patch: "edit",
  multiedit: "edit",
};

/** The permissions that the workspace has turned off with its tools. */
export function turnedOffPermissions({ configuration }: Configured): ReadonlySet<string> {
  return new Set(
    (configuration?.settings ?? [])
      .filter(({ kind, enabled }) => kind === "tool" && !enabled)
      .map(({ name }) => permissionOfTool[name] ?? name),
  );
}

/** The names under which OpenCode offers the tools of an MCP server. */
function toolsOfServer(name: string): string {
  return `${name.replace(/[^a-zA-Z0-9_-]/g, "_")}_*`;
}

/**
 * The rules of an instance, with those of its plugins behind them. Where code runs whose tools are not known beforehand, a tool
 * that OpenCode does not know is allowed; what Drover denies by name stays denied.
 */
export function withPlugins(rules: Rules, spec: Configured): Rules {
  const settings = spec.configuration?.settings ?? [];
  const enabled = settings.filter((setting) => setting.enabled && setting.content !== null);
  const bringsTools = spec.registration?.trusted === true || enabled.some(({ kind }) => kind === "plugin");
  const result: Rules = { ...rules, ...(bringsTools ? { "*": "allow" } : {}) };
  for (const { name, kind } of enabled) if (kind === "mcp") result[toolsOfServer(name)] = "allow";
  const skillsOff = settings.filter(({ kind, enabled }) => kind === "skill" && !enabled);
  if (skillsOff.length > 0) {
    delete result["skill"];
    result["skill"] = {
      "*": "allow",
      ...Object.fromEntries(skillsOff.map(({ name }) => [name, "deny" as const])),
    };
  }
  for (const name of turnedOffPermissions(spec)) {
    delete result[name];
    result[name] = "deny";
  }
  return result;
}
