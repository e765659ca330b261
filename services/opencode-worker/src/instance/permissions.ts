/**
 * What the agent may do without asking. Nobody sits before a worker, so nothing is ever asked: each class of OpenCode's
 * permissions is allowed or denied, and one that a later version adds is denied by the first rule.
 *
 * The last rule that matches wins, so order matters.
 */
import type { PermissionRuleset } from "@opencode-ai/sdk/v2";

const allowed = [
  "read",
  "edit",
  "glob",
  "grep",
  "list",
  "bash",
  "task",
  "skill",
  "lsp",
  "todoread",
  "todowrite",
] as const;

const denied = [
  "question",
  "webfetch",
  "websearch",
  "codesearch",
  "doom_loop",
  "plan_enter",
  "plan_exit",
] as const;

export type Decision = "allow" | "deny";

/**
 * The operator's last word, for OPENCODE_PERMISSION.
 * @param dataFolder the instance's data folder: long outputs of tools are kept there for the agent to read
 */
export function instancePermissions(dataFolder: string): Record<string, Decision | Record<string, Decision>> {
  const rules: Record<string, Decision | Record<string, Decision>> = { "*": "deny" };
  for (const name of allowed) rules[name] = "allow";
  for (const name of denied) rules[name] = "deny";
  rules["external_directory"] = { "*": "deny", [`${dataFolder}/opencode/tool-output/*`]: "allow" };
  return rules;
}

/** What could change the workspace; a sub-agent has permissions of its own, so there must be none. */
const writing = ["edit", "bash", "task"] as const;

/**
 * The rules of one session, applied after the instance's.
 * @param turnedOff permissions that the workspace has turned off
 */
export function sessionPermissions(
  readOnly: boolean,
  turnedOff: ReadonlySet<string> = new Set(),
): PermissionRuleset {
  return writing.map((permission) => ({
    permission,
    pattern: "*",
    action: readOnly || turnedOff.has(permission) ? "deny" : "allow",
  }));
}
