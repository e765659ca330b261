import { createLogger } from "@drover/observability";
import { expect, test } from "vitest";
import { readInfraConfig } from "./config.ts";
import { createInfraAgents } from "./create-agents.ts";

const logger = createLogger({ service: "test", level: "silent" });

async function agentsFor(environment: Record<string, string>) {
  const config = readInfraConfig({ DOCKER_HOST: "unix:///nowhere/engine.sock", ...environment });
  const agents = await createInfraAgents(config, logger);
  const seen = agents.map((agent) => ({ name: agent.name, ...agent.health() }));
  for (const agent of agents) await agent[Symbol.asyncDispose]();
  return seen;
}

test("without engine and cluster the agents are there and say what is missing", async () => {
  expect(await agentsFor({})).toEqual([
    { name: "docker", status: "unavailable", reason: expect.stringContaining("engine") },
    { name: "kubernetes", status: "unavailable", reason: expect.stringContaining("KUBECONFIG") },
  ]);
});

test("diagnostics is served only where it is asked for", async () => {
  const agents = await agentsFor({ DROVER_DIAGNOSTICS: "true", DROVER_KUBERNETES_MODE: "plan" });
  expect(agents.map(({ name, status }) => [name, status])).toEqual([
    ["docker", "unavailable"],
    ["kubernetes", "degraded"],
    ["diagnostics", "available"],
  ]);
});

test("every faulty setting is named at once", () => {
  const read = () =>
    readInfraConfig({
      DOCKER_HOST: "/var/run/docker.sock",
      DROVER_DOCKER_IMAGES: " , ",
      DROVER_KUBERNETES_MODE: "dry",
    });
  expect(read).toThrow(/DOCKER_HOST[\s\S]*DROVER_DOCKER_IMAGES[\s\S]*DROVER_KUBERNETES_MODE/);
});

test("lists of patterns are split at commas", () => {
  const config = readInfraConfig({ DROVER_DOCKER_IMAGES: "debian:*, ghcr.io/acme/*" });
  expect(config.DROVER_DOCKER_IMAGES).toEqual(["debian:*", "ghcr.io/acme/*"]);
  expect(config.DROVER_KUBERNETES_NAMESPACES).toEqual(["*"]);
});
