import type { PermissionRuleset } from "@opencode-ai/sdk/v2";
import { expect, test } from "vitest";
import { type RemoteConfig, remotePermissions } from "./remote-permissions.ts";

/** As OpenCode decides: the last rule that matches. Patterns here are exact or a star. */
function decided(rules: PermissionRuleset, permission: string, what = "anything"): string | undefined {
  const matches = (pattern: string, text: string) => pattern === "*" || pattern === text;
  return rules.findLast((rule) => matches(rule.permission, permission) && matches(rule.pattern, what))
    ?.action;
}
const rules = (config: RemoteConfig, readOnly = false) =>
  remotePermissions(config, readOnly, new Set(["webfetch"]));

test("without a word of the workspace, code work is allowed and all else denied, what is unknown included; what a person is asked for is asked", () => {
  for (const name of ["read", "edit", "bash", "grep"]) expect(decided(rules({}), name)).toBe("allow");
  for (const name of ["question", "external_directory", "doom_loop", "of_a_later_version"])
    expect(decided(rules({}), name)).toBe("deny");
  expect(decided(rules({}), "webfetch")).toBe("ask");
});

test("what the workspace's own configuration says goes before what Drover usually allows", () => {
  const config: RemoteConfig = {
    permission: { bash: { "*": "allow", "git push": "deny" }, webfetch: "allow" },
    agent: { build: { permission: { edit: "ask" } } },
  };
  expect(decided(rules(config), "bash", "git push")).toBe("deny");
  expect(decided(rules(config), "bash", "ls")).toBe("allow");
  expect(decided(rules(config), "webfetch")).toBe("allow");
  expect(decided(rules(config), "edit")).toBe("ask");
});

test("a task that only reads writes nothing, whatever the workspace allows", () => {
  for (const name of ["edit", "bash", "task"])
    expect(decided(rules({ permission: "allow" }, true), name)).toBe("deny");
});
