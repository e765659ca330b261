/** One service process of the stack, from source: its command, its environment, its ports, its log. */
import { join } from "node:path";
import type { Environment } from "@drover/config";
import { freePort, type Launch } from "@drover/processes";
import type { Say } from "@drover/redis-server";
import type { Backoff } from "../supervision/backoff.ts";
import { SupervisedProcess } from "../supervision/supervised-process.ts";
import { repositoryRoot, type ServiceDefinition } from "./service-definition.ts";
import { serviceEnvironment } from "./service-environment.ts";

export interface ServiceSetup {
  readonly definition: ServiceDefinition;
  /** From 1. */
  readonly replica: number;
  /** Where settings come from. */
  readonly environment: Environment;
  /** What the stack decides; stronger than `environment`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly host: string;
  readonly port: number;
  /** 0: a free one. */
  readonly metricsPort: number;
  readonly logsDirectory: string;
  readonly graceMs: number;
  readonly say: Say;
  readonly backoff: Backoff | undefined;
}

export interface StackService {
  readonly process: SupervisedProcess;
  readonly definition: ServiceDefinition;
  readonly logFile: string;
  /** Of health and metrics now; it can change with a restart. */
  readonly metricsUrl: () => string;
}

const answerDeadlineMs = 2_000;
const loopback = "127.0.0.1";

export function stackService(setup: ServiceSetup): StackService {
  const { definition, replica } = setup;
  const name = replica === 1 ? definition.name : `${definition.name}-${replica}`;
  const logFile = join(setup.logsDirectory, `${name}.log`);
  let metricsPort = setup.metricsPort;
  const metricsOrigin = () =>
    `http://${reachable(setup.environment["DROVER_METRICS_HOST"] || loopback)}:${metricsPort}`;
  const origin = () =>
    definition.kind === "http" ? `http://${reachable(setup.host)}:${setup.port}` : metricsOrigin();
  const process = new SupervisedProcess({
    name,
    logFile,
    launch: async () => {
      if (setup.metricsPort === 0) metricsPort = await freePort(metricsPort === 0 ? undefined : metricsPort);
      return fromSource(definition.entry, logFile, {
        ...serviceEnvironment(definition.name, setup.environment),
        ...setup.settings,
        ...(definition.kind === "http" ? { DROVER_HOST: setup.host, DROVER_PORT: String(setup.port) } : {}),
        DROVER_METRICS_PORT: String(metricsPort),
        DROVER_WORKER_NAME: `${name}-embedded`,
      });
    },
    isReady: () => answersOk(`${origin()}/readyz`),
    graceMs: setup.graceMs,
    say: setup.say,
    ...(setup.backoff === undefined ? {} : { backoff: setup.backoff }),
  });
  return { process, definition, logFile, metricsUrl: () => `${metricsOrigin()}/metrics` };
}

/** How a TypeScript main file of this repository is run. */
export function fromSource(entry: string, logFile: string, environment: Record<string, string>): Launch {
  return {
    command: process.execPath,
    args: ["--conditions=@drover/source", "--import", "tsx", entry],
    environment,
    cwd: repositoryRoot,
    logFile,
  };
}

export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerDeadlineMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** An address of this machine for what listens on `host`, as it stands in a URL. */
export function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return loopback;
  return host.includes(":") ? `[${host}]` : host;
}
