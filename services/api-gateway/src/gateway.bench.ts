/** A gateway over real HTTP on a real Redis of its own, and callers with keys: what the tests of this service work with. */
import { basePath, createdApiKey, errorBody, type RoleGrant } from "@drover/contracts";
import { createLogger } from "@drover/observability";
import { claimTask, type TaskClaim } from "@drover/queue";
import { eventually, startRedis, type TestRedis } from "@drover/testing";
import { z } from "zod";
import { type GatewayConfig, readGatewayConfig } from "./config.ts";
import { type Gateway, type GatewayOptions, startGateway } from "./gateway.ts";

const bootstrapKey = `drv_bootstrap_${"b".repeat(40)}`;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly text: string;
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface Caller {
  readonly key: string;
  /** @param path within the prefix, or from the root with a leading `//` */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
}

export interface Bench extends AsyncDisposable {
  readonly redis: TestRedis;
  readonly gateway: Gateway;
  readonly owner: Caller;
  readonly nobody: Caller;
  /** Makes a key with these roles. */
  caller(...roles: RoleGrant[]): Promise<Caller>;
  withKey(key: string): Caller;
  /** Takes a task as a worker would. */
  claim(taskId: string, organizationId?: string): Promise<TaskClaim>;
}

export interface BenchOptions {
  readonly environment?: Record<string, string>;
  readonly limits?: GatewayOptions["limits"];
  /** Whether Redis keeps what it has over a kill. Default: false. */
  readonly durable?: boolean;
}

export function urlOf(gateway: Gateway, path: string): string {
  return path.startsWith("//") ? `${gateway.url}${path.slice(1)}` : `${gateway.url}${basePath}${path}`;
}

async function call(
  gateway: Gateway,
  key: string,
  method: string,
  path: string,
  options: CallOptions,
): Promise<Reply> {
  const response = await fetch(urlOf(gateway, path), {
    method,
    redirect: "manual",
    headers: {
      ...(key === "" ? {} : { "Coder-Session-Token": key }),
      ...(options.body === undefined ? {} : { "Content-Type": "application/json" }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? JSON.parse(text) : undefined,
  };
}

export function benchConfig(redisUrl: string, environment: Record<string, string> = {}): GatewayConfig {
  return readGatewayConfig({
    REDIS_URL: redisUrl,
    DROVER_PORT: "0",
    DROVER_METRICS_PORT: "0",
    DROVER_BOOTSTRAP_KEY: bootstrapKey,
    DROVER_DRAIN_SECONDS: "2",
    LOG_LEVEL: "silent",
    ...environment,
  });
}

export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const redis = await startRedis({ appendOnly: options.durable ?? false });
  const config = benchConfig(redis.url, options.environment);
  const gateway = await startGateway({
    config,
    logger: createLogger({ service: "api-gateway", level: config.logLevel }),
    checkResponses: true,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const withKey = (key: string): Caller => ({
    key,
    call: (method, path, callOptions = {}) => call(gateway, key, method, path, callOptions),
  });
  const owner = withKey(bootstrapKey);
  await eventually(async () => (await owner.call("GET", "//readyz")).status === 200);
  return {
    redis,
    gateway,
    owner,
    nobody: withKey(""),
    withKey,
    async caller(...roles) {
      const made = await owner.call("POST", "/keys", { body: { name: "a caller", roles } });
      if (made.status !== 201) throw new Error(`no key was made: ${made.text}`);
      return withKey(createdApiKey.parse(made.body).key);
    },
    async claim(taskId, organizationId = "default") {
      const { store } = gateway.services;
      const outcome = await claimTask(store, store.keyspace.shardOf(organizationId), taskId, "worker-1");
      if (outcome.kind !== "claimed") throw new Error(`the task is ${outcome.kind}`);
      return outcome.claim;
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await redis.stop();
    },
  };
}

/** A valid submission. */
export const echo = (value: unknown = 1) => ({ type: "diagnostics", payload: { action: "echo", value } });

/** What an agent returned, as a worker stores it. */
export const resultOf = (output: unknown) => ({ output, artifacts: [] });

const identified = z.object({ id: z.string() });

/** The id of what a body shows. */
export const idOf = (body: unknown): string => identified.parse(body).id;

/** The code of the error that a body is. */
export const codeOf = (body: unknown): string => errorBody.parse(body).code;

/** What is wrong with which field, as the error that a body is tells. */
export const faultsOf = (body: unknown) => errorBody.parse(body).validations ?? [];
