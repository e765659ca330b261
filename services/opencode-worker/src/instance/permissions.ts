/**
 * What the agent may do by itself, and what it must ask a person for. Each class of OpenCode's permissions is allowed, asked
 * or denied, and one that a later version adds is denied by the first rule.
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

/** The classes that may be asked of a person. */
export const permissionClasses = [...allowed, ...denied, "external_directory"] as const;
export type PermissionClass = (typeof permissionClasses)[number];

export type Decision = "allow" | "ask" | "deny";

/**
 * What is decided of each class; what lies outside of the workspace is denied.
 * @param asked the classes that a person is asked for
 */
export function usualPermissions(asked: ReadonlySet<PermissionClass>): Record<string, Decision> {
  const rules: Record<string, Decision> = { "*": "deny" };
  for (const name of allowed) rules[name] = asked.has(name) ? "ask" : "allow";
  for (const name of denied) rules[name] = asked.has(name) ? "ask" : "deny";
  // The tool itself is the question: asking whether it may be asked would be one too many.
  if (asked.has("question")) rules["question"] = "allow";
  rules["external_directory"] = asked.has("external_directory") ? "ask" : "deny";
  return rules;
}

/**
 * The operator's last word, for OPENCODE_PERMISSION.
 * @param dataFolder the instance's data folder: long outputs of tools are kept there for the agent to read
 * @param asked the classes that a person is asked for
 */
export function instancePermissions(
  dataFolder: string,
  asked: ReadonlySet<PermissionClass>,
): Record<string, Decision | Record<string, Decision>> {
  const usual = usualPermissions(asked);
  return {
    ...usual,
    external_directory: {
      "*": usual["external_directory"] ?? "deny",
      [`${dataFolder}/opencode/tool-output/*`]: "allow",
    },
  };
}

/** What could change the workspace; a sub-agent has permissions of its own, so there must be none. */
const writing = ["edit", "bash", "task"] as const;

/**
 * The rules of one session, applied after the instance's.
 * @param turnedOff permissions that the workspace has turned off
 */
export function sessionPermissions(
  readOnly: boolean,
  asked: ReadonlySet<PermissionClass>,
  turnedOff: ReadonlySet<string> = new Set(),
): PermissionRuleset {
  return writing.map((permission) => ({
    permission,
    pattern: "*",
    action: readOnly || turnedOff.has(permission) ? "deny" : asked.has(permission) ? "ask" : "allow",
  }));
}
