/** How `npm start` is set by the environment: docs/configuration.md describes each variable. */

import { join } from "node:path";
import { type Environment, readConfig } from "@drover/config";
import { freePort } from "@drover/processes";
import { z } from "zod";
import { repositoryRoot } from "../stack/service-definition.ts";
import type { StackOptions } from "../stack/stack-options.ts";

const port = z.coerce.number().int().min(0).max(65_535);

const schema = z.object({
  DROVER_HOST: z.string().default("127.0.0.1"),
  /** 0 takes a free one. */
  DROVER_PORT: port.default(8080),
  /** Absent: 9464, or a free one where that is taken. */
  DROVER_METRICS_PORT: port.optional(),
  DROVER_BOOTSTRAP_KEY: z.string().optional(),
  DROVER_WORKSPACES_DIR: z.string().optional(),
});

const usualMetricsPort = 9464;

/** Where `npm start` keeps its data. */
const usualDirectory = join(repositoryRoot, ".drover");

/** @throws ConfigError naming every faulty variable */
export async function startOptions(
  environment: Environment,
  stateDirectory: string = usualDirectory,
): Promise<StackOptions> {
  const config = readConfig(schema, environment);
  return {
    environment,
    host: config.DROVER_HOST,
    ...(config.DROVER_PORT === 0 ? {} : { port: config.DROVER_PORT }),
    metricsPort: config.DROVER_METRICS_PORT ?? (await freePort(usualMetricsPort)),
    ...(config.DROVER_BOOTSTRAP_KEY === undefined ? {} : { key: config.DROVER_BOOTSTRAP_KEY }),
    ...(config.DROVER_WORKSPACES_DIR === undefined
      ? {}
      : { workspacesDirectory: config.DROVER_WORKSPACES_DIR }),
    stateDirectory,
    useRedisUrl: true,
    ...(environment["KUBECONFIG"] && !environment["DROVER_KUBERNETES_MODE"]
      ? { serviceEnvironment: { "infra-worker": { DROVER_KUBERNETES_MODE: "cluster" } } }
      : {}),
  };
}
