import { expect, test } from "vitest";
import { instanceConfig } from "./instance-config.ts";
import { instanceEnvironment } from "./instance-environment.ts";
import { instancePermissions, sessionPermissions } from "./permissions.ts";

const folders = {
  root: "/s",
  home: "/s/home",
  config: "/s/config",
  data: "/s/data",
  cache: "/s/cache",
  state: "/s/state",
  temporary: "/s/tmp",
};
const model = {
  model: "m",
  furtherModels: ["n"],
  contextTokens: 1000,
  outputTokens: 100,
  inputUsd: 1,
  outputUsd: 2,
};

test("no variable is empty, for an empty one keeps the server from starting", () => {
  const environment = instanceEnvironment({
    inherited: { PATH: "/bin" },
    spec: { registration: null },
    folders,
    ripgrepFolder: "/rg",
    ownerId: "o",
    instanceId: "i",
    password: "p",
    config: instanceConfig(model, { url: "http://127.0.0.1:1/v1", token: "t" }),
    asked: new Set(),
  });
  expect(Object.entries(environment).filter(([, value]) => value === "")).toEqual([]);
  expect(environment).toMatchObject({
    PATH: "/rg:/bin",
    HOME: "/s/home",
    OPENCODE_DISABLE_PROJECT_CONFIG: "1",
  });
});

test("where nothing is asked for, each class is allowed or denied, and an unknown one denied", () => {
  const rules = instancePermissions("/s/data", new Set());
  expect(JSON.stringify(rules)).not.toContain('"ask"');
  expect(Object.keys(rules)[0]).toBe("*");
  expect(rules).toMatchObject({
    "*": "deny",
    edit: "allow",
    bash: "allow",
    question: "deny",
    webfetch: "deny",
  });
  expect(rules["external_directory"]).toMatchObject({ "*": "deny" });
});

test("what a person is asked for is asked, except for the folder of long outputs and for the tool that asks", () => {
  const asked = new Set(["bash", "webfetch", "question", "external_directory"] as const);
  expect(instancePermissions("/s/data", asked)).toMatchObject({
    "*": "deny",
    edit: "allow",
    bash: "ask",
    question: "allow",
    webfetch: "ask",
    websearch: "deny",
    external_directory: { "*": "ask", "/s/data/opencode/tool-output/*": "allow" },
  });
  expect(sessionPermissions(false, asked).map(({ action }) => action)).toEqual(["allow", "ask", "allow"]);
});

test("a session that only reads can neither edit, nor run commands, nor send a sub-agent", () => {
  expect(
    sessionPermissions(true, new Set(["bash"])).map(({ permission, action }) => [permission, action]),
  ).toEqual([
    ["edit", "deny"],
    ["bash", "deny"],
    ["task", "deny"],
  ]);
});

test("the configuration names the relay and every model, with its price", () => {
  expect(instanceConfig(model, { url: "http://r", token: "t" })).toMatchObject({
    model: "drover/m",
    enabled_providers: ["drover"],
    provider: { drover: { models: { m: { cost: { input: 1, output: 2 } }, n: { name: "n" } } } },
  });
});
