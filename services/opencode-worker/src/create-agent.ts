/** Puts the `opencode` agent together from its settings. */
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Agent } from "@drover/agent-kit";
import type { Plugin, Instance as Registration } from "@drover/contracts";
import { toError } from "@drover/errors";
import type { TunnelDirectory, WorkspacePlugins } from "@drover/instances";
import type { Logger } from "@drover/observability";
import { OpenCodeAgent } from "./agent/open-code-agent.ts";
import { UnavailableAgent } from "./agent/unavailable-agent.ts";
import type { OpenCodeConfig } from "./config.ts";
import { findOpenCode, fromPath } from "./instance/find-binary.ts";
import { stateFolder } from "./instance/instance-folders.ts";
import { InstancePool } from "./instance/instance-pool.ts";
import type { Instance } from "./instance/instance-runtime.ts";
import { instanceLife } from "./instance/instance-settings.ts";
import { listPlugins } from "./instance/list-plugins.ts";
import { openRuntimes } from "./instance/open-runtimes.ts";
import { takeOwnership } from "./instance/take-ownership.ts";
import { ModelRelay } from "./model/model-relay.ts";
import { ConfiguredRuntime } from "./plugins/configured-runtime.ts";
import { PackageStore } from "./plugins/package-store.ts";
import { WorkTrees } from "./tree/work-trees.ts";

/** A remote instance may list whatever it likes. */
const pluginsMax = 1_000;
const pluginNameLengthMax = 256;

export interface OpenCodeAgentHooks {
  /** What is registered for a workspace; null: nothing. Absent: nothing is registered anywhere. */
  readonly registration?: (organizationId: string, workspaceId: string) => Promise<Registration | null>;
  /** What a workspace wants plugged in. Absent: nothing is wanted anywhere. */
  readonly plugins?: (organizationId: string, workspaceId: string) => Promise<WorkspacePlugins>;
  /** Whether a task has ended, or is known to nobody. Absent: each counts as such when the agent does not work on it. */
  readonly ended?: (taskId: string) => Promise<boolean>;
  /** The password of a remote instance by its id; null: it has none. Absent: none has. */
  readonly password?: (instanceId: string) => Promise<string | null>;
  /** Where the tunnels of instances are that dial out. Absent: nowhere. */
  readonly tunnels?: Pick<TunnelDirectory, "find">;
  /** Told of each instance that has become ready. Must not throw. */
  readonly onReady?: (registration: Registration, version: string) => void;
  /** Told what is plugged into an instance, each time one has become ready. Must not throw. */
  readonly onPlugins?: (organizationId: string, workspaceId: string, plugins: readonly Plugin[]) => void;
}

/**
 * Never fails because of what is missing on this machine: the agent then says so in its health and takes no task.
 * Dispose it to end every instance that it started.
 */
export async function createOpenCodeAgent(
  config: OpenCodeConfig,
  logger: Logger,
  hooks: OpenCodeAgentHooks = {},
): Promise<Agent> {
  const baseUrl = config.DROVER_MODEL_BASE_URL;
  if (baseUrl === undefined)
    return new UnavailableAgent("No model is configured (DROVER_MODEL_BASE_URL is not set).");
  const searchPath = config.inheritedEnvironment["PATH"] ?? "";
  const binary = config.DROVER_OPENCODE_RUNTIMES.includes("process")
    ? await findOpenCode({ configured: config.DROVER_OPENCODE_BIN, searchPath }).catch(toError)
    : null;
  if (binary instanceof Error) return new UnavailableAgent(binary.message);
  if ((await fromPath("git", searchPath)) === null)
    return new UnavailableAgent("git is missing: it is not on PATH.");

  const workerFolder = resolve(join(config.DROVER_STATE_DIR, config.DROVER_WORKER_NAME));
  await mkdir(workerFolder, { recursive: true, mode: 0o700 });
  const ownerId = randomUUID();
  await takeOwnership(workerFolder, ownerId, logger);
  const endpoint = {
    baseUrl,
    apiKey: config.DROVER_MODEL_API_KEY,
    silenceMs: config.DROVER_MODEL_SILENCE_SECONDS * 1000,
  };
  const asked = new Set(config.DROVER_OPENCODE_ASK);
  const relay = await ModelRelay.open(endpoint, logger);
  const password = hooks.password ?? (async () => null);
  const tunnels = hooks.tunnels ?? { find: async () => null };
  const common = { config, binary, workerFolder, ownerId, relay, password, tunnels, logger };
  const runtimes = await openRuntimes(common).catch(async (error: unknown) => {
    await relay[Symbol.asyncDispose]();
    throw error;
  });
  const runtime = new ConfiguredRuntime({
    inner: runtimes,
    workerFolder,
    packages: new PackageStore({ folder: join(workerFolder, ".packages"), registry: config.pluginRegistry }),
    logger,
  });
  const pool = new InstancePool({
    runtime,
    instancesMax: config.DROVER_OPENCODE_INSTANCES_MAX,
    idleMs: config.DROVER_OPENCODE_IDLE_SECONDS * 1000,
    ...instanceLife(config),
    logger,
    onReady: (instance) => {
      const { registration } = instance.spec;
      if (registration !== null) hooks.onReady?.(registration, instance.version);
      tellPlugins(instance, hooks, logger);
    },
  });
  const trees = new WorkTrees({
    workerFolder,
    stateFolder: (organizationId, workspaceId) => stateFolder(workerFolder, { organizationId, workspaceId }),
    searchPath,
    most: config.DROVER_OPENCODE_WORKTREES_MAX,
    keptMs: config.DROVER_OPENCODE_TREES_KEPT_SECONDS * 1000,
    ended: hooks.ended ?? (async () => true),
    logger,
  });
  return new OpenCodeAgent({
    pool,
    trees,
    workspaces: { root: resolve(config.DROVER_WORKSPACES_DIR), create: config.DROVER_WORKSPACES_CREATE },
    stateFolder: (organizationId, workspaceId) => stateFolder(workerFolder, { organizationId, workspaceId }),
    searchPath,
    defaultModel: config.DROVER_MODEL,
    models: new Set([config.DROVER_MODEL, ...config.DROVER_OPENCODE_MODELS]),
    asked,
    askMs: config.DROVER_OPENCODE_ASK_SECONDS * 1000,
    logger,
    registration: hooks.registration ?? (async () => null),
    plugins: hooks.plugins ?? (async () => ({ revision: 0, settings: [] })),
    runtimes: config.DROVER_OPENCODE_RUNTIMES,
    resources: [trees, runtime, relay],
  });
}

/** In the background: no task waits for it, and one that fails is tried again with the next instance. */
function tellPlugins(instance: Instance, hooks: OpenCodeAgentHooks, logger: Logger): void {
  const { onPlugins } = hooks;
  if (onPlugins === undefined) return;
  const { organizationId, workspaceId } = instance.spec;
  listPlugins(instance).then(
    (plugins) => {
      const told = plugins.filter(({ name }) => name.length <= pluginNameLengthMax);
      onPlugins(organizationId, workspaceId, told.slice(0, pluginsMax));
    },
    (error: unknown) =>
      logger.debug({ err: toError(error) }, "the plugins of an instance could not be listed"),
  );
}
