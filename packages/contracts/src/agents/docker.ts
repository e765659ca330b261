/** The `docker` agent: containers and images on one Docker engine. */
import { z } from "zod";
import { workspaceId } from "../names.ts";
import type { AgentDescriptor } from "./agent-descriptor.ts";
import { workspacePath } from "./opencode.ts";

/** An image reference as `docker pull` takes it. */
export const imageReference = z
  .string()
  .max(512)
  .regex(/^[a-z0-9]+(?:[._:/@-]+[a-zA-Z0-9]+)*$/, "must be an image reference like node:24-slim");

/** A container that this agent started: only those can be looked at or stopped. */
export const containerName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, "must be a container's name or id");

const context = z.strictObject({ workspace_id: workspaceId.optional() });

export const dockerRunFields = z.strictObject({
  image: imageReference,
  command: z.array(z.string().max(8192)).max(256).optional(),
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768)).optional(),
  working_directory: z.string().startsWith("/").max(1024).optional(),
  memory_mb: z.number().int().min(16).max(65_536).optional(),
  cpus: z.number().min(0.05).max(64).optional(),
  network: z.enum(["none", "bridge"]).optional(),
  detach: z.boolean().optional(),
  mount_workspace: z.enum(["none", "read_only", "read_write"]).optional(),
  context: context.optional(),
});

export const dockerBuildFields = z.strictObject({
  tag: imageReference,
  path: workspacePath.optional(),
  dockerfile: workspacePath.optional(),
  build_arguments: z.record(z.string(), z.string()).optional(),
  target: z.string().max(128).optional(),
  /** Of the steps of the Dockerfile; the base image is pulled in any case. */
  network: z.enum(["none", "bridge"]).optional(),
  context: context.optional(),
});

export const dockerLogsFields = z.strictObject({
  container: containerName,
  tail: z.number().int().min(1).max(10_000).optional(),
});
export const dockerStopFields = z.strictObject({
  container: containerName,
  grace_seconds: z.number().int().min(0).max(300).optional(),
  remove: z.boolean().optional(),
});
export const dockerInspectFields = z.strictObject({ container: containerName });

export const docker = {
  name: "docker",
  version: "1.0.0",
  description: "Runs containers and builds images on a Docker engine.",
  supports: ["docker"],
  actions: {
    run: {
      description: "Run a container; its exit code and output are the result.",
      payload: dockerRunFields,
    },
    build: { description: "Build an image from a folder of the workspace.", payload: dockerBuildFields },
    logs: { description: "Read the end of a container's output.", payload: dockerLogsFields },
    stop: { description: "Stop a container that a task started.", payload: dockerStopFields },
    inspect: { description: "Describe a container that a task started.", payload: dockerInspectFields },
  },
  workspace: "optional",
  defaults: { maxAttempts: 3, timeoutSeconds: 1800 },
} as const satisfies AgentDescriptor;
