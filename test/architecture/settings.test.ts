/** A setting is named in three places: where it is read, where it is explained, and where it is set. They must agree. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { manifests, workloads } from "./manifests.ts";
import { repositoryRoot } from "./repository-root.ts";

const readers = [
  "packages/config/src/settings.ts",
  "packages/demo-model/src/main.ts",
  "packages/docker-engine/src/engine-address.ts",
  "services/opencode-worker/src/instance/instance-settings.ts",
  ...readdirSync(join(repositoryRoot, "services")).map((name) => `services/${name}/src/config.ts`),
].filter((file) => existsSync(join(repositoryRoot, file)));
const text = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");
const namesIn = (file: string, pattern: RegExp) =>
  [...text(file).matchAll(pattern)].map(([, name = ""]) => name);

const settingsRead = new Set(readers.flatMap((file) => namesIn(file, /^\s+([A-Z][A-Z0-9_]+):/gm)));
const explained = new Set(
  text("docs/deployment.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...(line.split(" | ")[0] ?? "").matchAll(/`([A-Z][A-Z0-9_]+)`/g)])
    .map(([, name = ""]) => name),
);

/** What the containers' own programs read beside Drover's settings. */
const notDrovers = new Set(["REDISCLI_AUTH", "REDIS_PASSWORD", "NODE_ENV"]);
const compose = z.object({
  services: z.record(
    z.string(),
    z.looseObject({ environment: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
const setByCompose = ["docker-compose.yml", "compose.docker-agent.yml"].flatMap((file) =>
  Object.values(compose.parse(parse(text(file), { merge: true })).services).flatMap(({ environment }) =>
    Object.keys(environment),
  ),
);
const setByManifests = [
  ...workloads().flatMap(({ spec }) =>
    spec.template.spec.containers.flatMap(({ env }) => env.map(({ name }) => name)),
  ),
  ...manifests()
    .filter(({ object }) => object.kind === "ConfigMap")
    .flatMap(({ object }) => Object.keys(z.record(z.string(), z.string()).parse(object["data"]))),
].filter((name) => /^[A-Z]/.test(name));

test("every setting that is read is explained, and none is explained that nobody reads", () => {
  expect([...settingsRead].filter((name) => !explained.has(name))).toEqual([]);
  expect([...explained].filter((name) => !settingsRead.has(name))).toEqual([]);
});

describe.each([
  { where: "docker-compose.yml", set: setByCompose },
  { where: "k8s", set: setByManifests },
])("$where", ({ set }) => {
  test("sets nothing that nobody reads", () => {
    expect(set.length).toBeGreaterThan(5);
    expect(set.filter((name) => !settingsRead.has(name) && !notDrovers.has(name))).toEqual([]);
  });
});
