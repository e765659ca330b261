import { expect, test } from "vitest";
import { readOpenCodeConfig } from "./config.ts";

test("only the folder of workspaces must be named; the rest has a default", () => {
  expect(() => readOpenCodeConfig({})).toThrow(/DROVER_WORKSPACES_DIR/);
  const config = readOpenCodeConfig({ DROVER_WORKSPACES_DIR: "/w" });
  expect(config).toMatchObject({
    DROVER_WORKSPACES_CREATE: false,
    DROVER_OPENCODE_CONCURRENCY: 4,
    DROVER_OPENCODE_MODELS: [],
    inheritedEnvironment: {},
  });
});

test("an instance inherits nothing of the worker's environment but a few harmless variables", () => {
  const environment = { PATH: "/bin", LANG: "C.UTF-8", REDIS_URL: "redis://:hunter2@r", AWS_SECRET: "x" };
  const config = readOpenCodeConfig({ ...environment, DROVER_WORKSPACES_DIR: "/w" });
  expect(config.inheritedEnvironment).toEqual({ PATH: "/bin", LANG: "C.UTF-8" });
});

test("further models are a list separated by commas", () => {
  const config = readOpenCodeConfig({ DROVER_WORKSPACES_DIR: "/w", DROVER_OPENCODE_MODELS: "a, b,," });
  expect(config.DROVER_OPENCODE_MODELS).toEqual(["a", "b"]);
});

test("what a person is asked for is a list of known classes; none asks for nothing", () => {
  const read = (asked?: string) =>
    readOpenCodeConfig({ DROVER_WORKSPACES_DIR: "/w", DROVER_OPENCODE_ASK: asked }).DROVER_OPENCODE_ASK;
  expect(read()).toEqual(["question", "webfetch", "external_directory", "doom_loop"]);
  expect(read("")).toEqual(read());
  expect(read("none")).toEqual([]);
  expect(read("bash, edit")).toEqual(["bash", "edit"]);
  expect(() => read("bash,telepathy")).toThrow(/telepathy is no class of permissions; there is read, edit/);
});

test("the runtimes are known ones, and that of unregistered workspaces is among them", () => {
  const read = (settings: Record<string, string>) =>
    readOpenCodeConfig({ DROVER_WORKSPACES_DIR: "/w", ...settings });
  expect(read({}).DROVER_OPENCODE_RUNTIMES).toEqual(["process"]);
  expect(read({ DROVER_OPENCODE_RUNTIMES: "docker, process" }).DROVER_OPENCODE_RUNTIMES).toEqual([
    "docker",
    "process",
  ]);
  expect(() => read({ DROVER_OPENCODE_RUNTIMES: "podman" })).toThrow(/DROVER_OPENCODE_RUNTIMES/);
  expect(() => read({ DROVER_OPENCODE_RUNTIME: "docker" })).toThrow(/DROVER_OPENCODE_RUNTIME: must be one/);
  for (const network of ["host", "container:other", "--privileged"])
    expect(() => read({ DROVER_OPENCODE_NETWORK: network }), network).toThrow(/DROVER_OPENCODE_NETWORK/);
});
