/**
 * Brings the whole of Drover up on this machine: Redis, a model, the four services, each a process of its own. Ready means
 * that the gateway is and that every agent has a live worker. What was started is stopped when any part of the start
 * fails, when the stack is disposed, and (by a guardian) when this process is killed.
 */
import { DroverClient } from "@drover/client";
import type { Environment } from "@drover/config";
import { freePort } from "@drover/processes";
import { Closers } from "../supervision/closers.ts";
import { awaitReady } from "./await-ready.ts";
import { droverServices, keepsSecrets, type ServiceDefinition } from "./service-definition.ts";
import type { Stack } from "./stack.ts";
import { keepFormerLogs, makeFolders, type StackFolders } from "./stack-folders.ts";
import { keptKey, keptMasterKey } from "./stack-key.ts";
import { lockDirectory } from "./stack-lock.ts";
import { type StackModel, stackModel } from "./stack-model.ts";
import type { StackOptions } from "./stack-options.ts";
import { startStackRedis } from "./stack-redis.ts";
import { reachable, type StackService, stackService } from "./stack-service.ts";

const defaults = { host: "127.0.0.1", drainSeconds: 5, readyDeadlineMs: 90_000 };
/** What a service gets beyond its drain before it is killed. */
const graceMs = 5_000;

/** @throws StackFailure, RedisNotFound, RedisStartFailed, or the reason of the aborted `signal` */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const closers = new Closers();
  try {
    return await openStack(options, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

async function openStack(options: StackOptions, closers: Closers): Promise<Stack> {
  const signal = options.signal ?? new AbortController().signal;
  const say = options.say ?? (() => undefined);
  const environment = options.environment ?? process.env;
  const folders = await makeFolders(options, closers);
  if (options.stateDirectory !== undefined) {
    const lock = await lockDirectory(folders.root);
    closers.add(() => lock[Symbol.asyncDispose]());
  }
  await keepFormerLogs(folders.logs);

  const key = options.key ?? (await keptKey(folders.root));
  const masterKey = environment["DROVER_MASTER_KEY"] || (await keptMasterKey(folders.root));
  const redis = await startStackRedis({
    environment,
    useAddress: options.useRedisUrl ?? false,
    directory: folders.redis,
    say,
  });
  closers.add(() => redis[Symbol.asyncDispose]());
  signal.throwIfAborted();

  const model = await stackModel(environment, folders.logs, say);
  if (model.process !== null) {
    const { process: modelProcess } = model;
    closers.add(() => modelProcess.stop());
    modelProcess.start();
  }

  const port = options.port ?? (await freePort());
  const services = plan(options, {
    environment,
    port,
    settings: { ...settingsOf(environment, folders, model), REDIS_URL: redis.url },
    key,
    masterKey,
    logsDirectory: folders.logs,
    drainSeconds: Number(
      environment["DROVER_DRAIN_SECONDS"] || (options.drainSeconds ?? defaults.drainSeconds),
    ),
  });
  closers.add(() => Promise.all(services.map((service) => service.process.stop())));
  for (const service of services) service.process.start();

  const url = `http://${reachable(options.host ?? defaults.host)}:${port}`;
  const client = new DroverClient({ baseUrl: url, key });
  const ownModel = model.process === null ? [] : [{ process: model.process, logFile: model.logFile }];
  await awaitReady({
    processes: [...ownModel, ...services],
    agents: expectedAgents(services),
    client,
    deadlineMs: options.readyDeadlineMs ?? defaults.readyDeadlineMs,
    signal,
  });

  return {
    url,
    key,
    client,
    redisUrl: redis.url,
    redis,
    model,
    workspacesDir: folders.workspaces,
    logsDir: folders.logs,
    services,
    service: (name) => {
      const found = services.find((service) => service.process.name === name);
      if (found === undefined) throw new Error(`The stack has no service ${name}.`);
      return found.process;
    },
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

interface Plan {
  readonly environment: Environment;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly key: string;
  readonly masterKey: string;
  readonly logsDirectory: string;
  readonly drainSeconds: number;
}

function plan(options: StackOptions, plan_: Plan): StackService[] {
  const { key, masterKey, drainSeconds, settings, ...common } = plan_;
  return (options.services ?? droverServices).flatMap((definition) => {
    const more = options.serviceEnvironment;
    const replicas = definition.kind === "http" ? 1 : (options.replicas?.[definition.name] ?? 1);
    return Array.from({ length: replicas }, (_, index) =>
      stackService({
        ...common,
        definition,
        replica: index + 1,
        host: options.host ?? defaults.host,
        metricsPort: definition.kind === "http" ? (options.metricsPort ?? 0) : 0,
        settings: {
          ...settings,
          DROVER_DRAIN_SECONDS: String(drainSeconds),
          ...(definition.kind === "http" ? { DROVER_BOOTSTRAP_KEY: key } : {}),
          ...(keepsSecrets.has(definition.name) ? { DROVER_MASTER_KEY: masterKey } : {}),
          ...more?.["*"],
          ...more?.[definition.name],
        },
        graceMs: drainSeconds * 1000 + graceMs,
        say: options.say ?? (() => undefined),
        backoff: options.backoff,
      }),
    );
  });
}

/** What the embedded stack sets where the environment says nothing. */
function settingsOf(
  environment: Environment,
  folders: StackFolders,
  model: StackModel,
): Record<string, string> {
  const unlessSet = (name: string, value: string) => ({ [name]: environment[name] || value });
  return {
    ...model.settings,
    DROVER_WORKSPACES_DIR: folders.workspaces,
    ...unlessSet("DROVER_WORKSPACES_CREATE", "true"),
    ...unlessSet("DROVER_STATE_DIR", folders.state),
    ...unlessSet("DROVER_DIAGNOSTICS", "true"),
    // Somebody's cluster is touched only where that was asked for.
    ...unlessSet("DROVER_KUBERNETES_MODE", "plan"),
    ...unlessSet("DROVER_RATE_LIMIT_PER_MINUTE", "60000"),
    ...unlessSet("DROVER_LOCK_SECONDS", "10"),
  };
}

function expectedAgents(services: readonly StackService[]): Map<string, number> {
  const expected = new Map<string, number>();
  for (const agent of services.flatMap(
    (service: { definition: ServiceDefinition }) => service.definition.agents,
  )) {
    expected.set(agent, (expected.get(agent) ?? 0) + 1);
  }
  return expected;
}
