import { expect, test } from "vitest";
import { configPlugins } from "./config-plugins.ts";

test("plugins of the configuration are told by name, without those of Drover", () => {
  expect(
    configPlugins([
      "file:///w/ws-1/.opencode/plugin/lint.ts",
      "@acme/audit@1.2.3",
      ["plain", { level: 1 }],
      "file:///s/default/ws-1/config/opencode/plugin/drover-guard.js",
      "file:///s/default/ws-1/config/drover/packages/x/index.js",
    ]),
  ).toEqual([
    { name: "lint", source: "local", version: "" },
    { name: "@acme/audit", source: "npm", version: "1.2.3" },
    { name: "plain", source: "npm", version: "" },
  ]);
});
