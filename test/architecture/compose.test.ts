/** What docker-compose.yml promises, read from the file. scripts/test-compose.sh runs it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { repositoryRoot } from "./repository-root.ts";

const service = z.looseObject({
  image: z.string(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()).min(1),
  build: z.object({ context: z.literal("."), dockerfile: z.string() }).optional(),
});
const compose = z.looseObject({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) })),
});
const text = readFileSync(join(repositoryRoot, "docker-compose.yml"), "utf8");
const { services, networks } = compose.parse(parse(text, { merge: true }));

describe.each(Object.entries(services))("%s", (_name, definition) => {
  test("has no root, no capability, no writable image and no unbounded resource", () => {
    expect(definition).toMatchObject({
      restart: "unless-stopped",
      init: true,
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      deploy: {
        resources: {
          limits: { cpus: expect.any(String), memory: expect.any(String), pids: expect.any(Number) },
        },
      },
    });
    expect(definition["privileged"] ?? false).toBe(false);
  });

  test("has an image with a fixed tag", () => {
    expect(definition.image).toMatch(/^(?:drover\/)?[a-z-]+:(?!latest$)[a-zA-Z0-9.-]+$/);
  });
});

test("only the gateway is published, and only on this machine unless an operator says otherwise", () => {
  const published = Object.entries(services).filter(([, { ports }]) => ports.length > 0);
  expect(published.map(([name]) => name)).toEqual(["api-gateway"]);
  expect(services["api-gateway"]?.ports).toEqual([expect.stringContaining(":-127.0.0.1:8080}")]);
});

test("Redis is on a network without a way out, and on no other", () => {
  expect(services["redis"]?.networks).toEqual(["back"]);
  expect(networks["back"]?.internal).toBe(true);
});

test("nobody is given the Docker engine, save by the file that says so", () => {
  for (const { volumes } of Object.values(services)) expect(volumes.join()).not.toContain("docker.sock");
  expect(readFileSync(join(repositoryRoot, "compose.docker-agent.yml"), "utf8")).toContain("WARNING");
});
