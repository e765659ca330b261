import { expect, test } from "vitest";
import { PluginAllowList } from "./plugin-allow-list.ts";

test("an empty list allows nothing that runs code", () => {
  const list = new PluginAllowList([]);
  expect([
    list.allowsPackage("a@1.0.0"),
    list.allowsProgram("node"),
    list.allowsUrl("https://mcp.example.com/x"),
    list.allowsEntry("clock"),
  ]).toEqual([false, false, false, false]);
});

test.each([
  ["npm:a", "a@1.0.0", true],
  ["npm:a", "ab@1.0.0", false],
  ["npm:a@1.0.0", "a@1.0.0", true],
  ["npm:a@1.0.0", "a@1.0.1", false],
  ["npm:@acme/*", "@acme/tools@2.0.0", true],
  ["npm:@acme/*", "@acme-evil/tools@2.0.0", false],
  ["npm:@acme/tools", "@acme/tools@2.0.0", true],
  ["npm:*", "@any/thing@1.0.0", true],
])("%s and the package %s: %s", (entry, pinned, allowed) => {
  expect(new PluginAllowList([entry]).allowsPackage(pinned)).toBe(allowed);
});

test("a program is allowed as it is written, a url by its origin", () => {
  const list = new PluginAllowList(["mcp:node", "mcp:https://mcp.example.com"]);
  expect(list.allowsProgram("node")).toBe(true);
  expect(list.allowsProgram("/tmp/node")).toBe(false);
  expect(list.allowsUrl("https://mcp.example.com/a?b")).toBe(true);
  expect(list.allowsUrl("https://mcp.example.com.evil.com/")).toBe(false);
  expect(list.allowsUrl("http://mcp.example.com/")).toBe(false);
});
