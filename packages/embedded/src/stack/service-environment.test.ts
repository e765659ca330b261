import { expect, test } from "vitest";
import { serviceEnvironment } from "./service-environment.ts";

const outer = {
  PATH: "/bin",
  AWS_SECRET_ACCESS_KEY: "s",
  GITHUB_TOKEN: "s",
  NODE_OPTIONS: "--inspect",
  DROVER_SHARDS: "2",
  DROVER_BOOTSTRAP_KEY: "drv_a_b",
  DROVER_MODEL_API_KEY: "sk",
  DROVER_MASTER_KEY: "mk",
  DROVER_AGENTZERO_API_KEY: "az",
  DROVER_LIFELINE_FD: "3",
  DOCKER_HOST: "unix:///x",
  KUBECONFIG: "/k",
};
const namesFor = (service: string) => Object.keys(serviceEnvironment(service, outer)).sort();

test("a service sees the settings of Drover and nothing else of this shell", () => {
  expect(namesFor("api-gateway")).toEqual([
    "DROVER_BOOTSTRAP_KEY",
    "DROVER_MASTER_KEY",
    "DROVER_SHARDS",
    "PATH",
  ]);
});

test("each secret goes only to the services that use it", () => {
  expect(namesFor("opencode-worker")).toEqual([
    "DOCKER_HOST",
    "DROVER_MASTER_KEY",
    "DROVER_MODEL_API_KEY",
    "DROVER_SHARDS",
    "PATH",
  ]);
  expect(namesFor("agentzero-orchestrator")).toEqual([
    "DROVER_AGENTZERO_API_KEY",
    "DROVER_MODEL_API_KEY",
    "DROVER_SHARDS",
    "PATH",
  ]);
  expect(namesFor("infra-worker")).toEqual(["DOCKER_HOST", "DROVER_SHARDS", "KUBECONFIG", "PATH"]);
});
