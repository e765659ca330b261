/** Opens the runtimes that the settings name, behind one. */

import { Engine } from "@drover/docker-engine";
import { AddressRules } from "@drover/instances";
import type { Logger } from "@drover/observability";
import type { OpenCodeConfig } from "../config.ts";
import type { ModelRelay } from "../model/model-relay.ts";
import { DockerRuntime } from "./docker/docker-runtime.ts";
import { findRipgrepFolder, fromPath, type OpenCodeBinary } from "./find-binary.ts";
import type { ModelSettings } from "./instance-config.ts";
import type { InstanceRuntime } from "./instance-runtime.ts";
import { instanceLimits } from "./instance-settings.ts";
import { ProcessRuntime } from "./process-runtime.ts";
import { connectDirectly } from "./remote-connection.ts";
import { RemoteRuntime } from "./remote-runtime.ts";
import { RoutedRuntime, type RuntimeName } from "./routed-runtime.ts";
import { isRoot } from "./workspace-owner.ts";

export interface RuntimesOptions {
  readonly config: OpenCodeConfig;
  /** Null where the runtime `process` is not served. */
  readonly binary: OpenCodeBinary | null;
  readonly workerFolder: string;
  readonly ownerId: string;
  readonly relay: ModelRelay;
  /** The password of a remote instance by its id; null: it has none. */
  readonly password: (instanceId: string) => Promise<string | null>;
  readonly logger: Logger;
}

/** @throws Error when one cannot be opened; none is left open then */
export async function openRuntimes(options: RuntimesOptions): Promise<RoutedRuntime> {
  const { config, logger } = options;
  const served = config.DROVER_OPENCODE_RUNTIMES;
  const unregistered = config.DROVER_OPENCODE_RUNTIME ?? served[0] ?? "process";
  const runtimes: Partial<Record<RuntimeName, InstanceRuntime>> = {};
  const routed = new RoutedRuntime({ runtimes, unregistered, logger });
  try {
    if (options.binary !== null) runtimes.process = await openProcess(options, options.binary);
    const rules = new AddressRules(config.DROVER_INSTANCE_ALLOW);
    runtimes.remote = new RemoteRuntime({ connect: connectDirectly({ rules, password: options.password }) });
    if (served.includes("docker")) runtimes.docker = await openDocker(options);
    return routed;
  } catch (error) {
    await routed[Symbol.asyncDispose]();
    throw error;
  }
}

async function openProcess(options: RuntimesOptions, binary: OpenCodeBinary): Promise<ProcessRuntime> {
  const { config, logger } = options;
  const searchPath = config.inheritedEnvironment["PATH"] ?? "";
  const ripgrepFolder = await findRipgrepFolder(searchPath);
  if (ripgrepFolder === null) logger.warn("ripgrep is missing: the agent's search tools will fail");
  const onLinux = (program: string) =>
    process.platform === "linux" ? fromPath(program, searchPath) : Promise.resolve(null);
  const prlimit = await onLinux("prlimit");
  const taskset = await onLinux("taskset");
  if (prlimit === null || taskset === null)
    logger.warn({ prlimit, taskset }, "files, processes or processors of instances are not limited");
  if (isRoot() && config.DROVER_OPENCODE_ALLOW_ROOT)
    logger.warn("the worker is root: a workspace that root owns is worked on as root");
  return await ProcessRuntime.open({ ...shared(options), binary, ripgrepFolder, prlimit, taskset });
}

async function openDocker(options: RuntimesOptions): Promise<DockerRuntime> {
  const { config } = options;
  const address = { host: config.DOCKER_HOST, certPath: config.DOCKER_CERT_PATH };
  return await DockerRuntime.open({
    ...shared(options),
    engine: new Engine(address),
    image: config.DROVER_OPENCODE_IMAGE,
    network: config.DROVER_OPENCODE_NETWORK,
  });
}

function shared({ config, workerFolder, ownerId, relay, logger }: RuntimesOptions) {
  const model: ModelSettings = {
    model: config.DROVER_MODEL,
    furtherModels: config.DROVER_OPENCODE_MODELS,
    contextTokens: config.DROVER_MODEL_CONTEXT_TOKENS,
    outputTokens: config.DROVER_MODEL_OUTPUT_TOKENS,
    inputUsd: config.DROVER_MODEL_INPUT_USD,
    outputUsd: config.DROVER_MODEL_OUTPUT_USD,
  };
  return {
    limits: instanceLimits(config),
    allowRoot: config.DROVER_OPENCODE_ALLOW_ROOT,
    inheritedEnvironment: config.inheritedEnvironment,
    asked: new Set(config.DROVER_OPENCODE_ASK),
    workerFolder,
    ownerId,
    model,
    relay,
    logger,
  };
}
