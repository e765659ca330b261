/** The `docker` agent: containers and images on one Docker engine. */

import type { Agent } from "@drover/agent-kit";
import {
  docker,
  dockerBuildFields,
  dockerInspectFields,
  dockerLogsFields,
  dockerRunFields,
  dockerStopFields,
} from "@drover/contracts";
import { describeUnavailable, Engine, type EngineAddress } from "@drover/docker-engine";
import type { Logger } from "@drover/observability";
import { action, createActionAgent } from "../agent/action-agent.ts";
import { pollHealth } from "../agent/health-poll.ts";
import { buildImage } from "./build-image.ts";
import type { ContainerLimits } from "./container-options.ts";
import { sweepExpiredContainers } from "./expired-containers.ts";
import { ImagePolicy } from "./image-reference.ts";
import { inspectContainer } from "./inspect-container.ts";
import { readLogs } from "./read-logs.ts";
import { Removals } from "./removals.ts";
import { runContainer } from "./run-container.ts";
import { stopContainer } from "./stop-container.ts";

export interface DockerAgentOptions {
  readonly address: EngineAddress;
  /** Patterns of the images that may be used; see `ImagePolicy`. */
  readonly images: readonly string[];
  readonly limits: ContainerLimits;
  readonly contextMbMax: number;
  /** The folder of workspaces; undefined: no builds and no mounts. */
  readonly workspacesRoot: string | undefined;
  readonly logger: Logger;
}

export async function createDockerAgent(options: DockerAgentOptions): Promise<Agent> {
  const { limits, contextMbMax, workspacesRoot, logger } = options;
  const engine = new Engine(options.address);
  const policy = new ImagePolicy(options.images);
  const removals = new Removals(engine, logger);
  const sweep = sweepExpiredContainers(engine, logger);
  const poll = await pollHealth({ probe: (signal) => engine.ping(signal), describe: describeUnavailable });
  const runParts = { engine, policy, limits, removals, workspacesRoot };
  const buildParts = { engine, policy, workspacesRoot, contextMbMax, memoryMb: limits.memoryMbMax };
  return createActionAgent({
    descriptor: docker,
    actions: {
      run: action(dockerRunFields, (fields, call) => runContainer(runParts, fields, call)),
      build: action(dockerBuildFields, (fields, call) => buildImage(buildParts, fields, call)),
      logs: action(dockerLogsFields, (fields, call) => readLogs(engine, fields, call)),
      stop: action(dockerStopFields, (fields, call) => stopContainer(engine, fields, call)),
      inspect: action(dockerInspectFields, (fields, call) => inspectContainer(engine, fields, call)),
    },
    health: () => poll.current(),
    dispose: async () => {
      await Promise.all([
        removals[Symbol.asyncDispose](),
        sweep[Symbol.asyncDispose](),
        poll[Symbol.asyncDispose](),
      ]);
    },
  });
}
