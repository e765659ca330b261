/** What handlers work with: one object, made once, given to every handler. */
import { ApiKeys } from "@drover/access";
import { AgentRegistry } from "@drover/agent-kit";
import {
  AddressRules,
  DiscoveredPlugins,
  InstanceStore,
  PluginAllowList,
  PluginSettings,
} from "@drover/instances";
import type { Logger, Registry } from "@drover/observability";
import { Catalogue, type CatalogueOptions } from "@drover/plugin-catalogue";
import {
  Approvals,
  Circuits,
  DeadLetters,
  EventLog,
  QueueBoard,
  Quotas,
  Scheduler,
  type Store,
  TaskLedger,
  Usages,
} from "@drover/queue";
import { RunLedger, ScheduleStore, TemplateStore } from "@drover/workflow";
import { type GatewayMetrics, gatewayMetrics } from "./gateway-metrics.ts";
import { IdempotencyStore } from "./idempotency/idempotency-store.ts";
import { RateLimit } from "./limits/rate-limit.ts";
import { TenantLimit } from "./limits/tenant-limit.ts";
import type { Authentication } from "./middleware/authenticate.ts";
import { catalogueSequence } from "./plugins/catalogue-sequence.ts";
import { PluginDirectory } from "./plugins/plugin-directory.ts";
import { PluginSources } from "./plugins/plugin-sources.ts";
import { Readiness } from "./readiness.ts";
import { StreamCensus } from "./streams/stream-census.ts";
import { AgentGate } from "./submission/agent-gate.ts";

export interface Services {
  readonly logger: Logger;
  readonly store: Store;
  readonly metrics: GatewayMetrics;
  readonly authentication: Authentication;
  /** Null: no limit. */
  readonly requestLimit: RateLimit | null;
  readonly tenantLimit: TenantLimit;
  readonly idempotency: IdempotencyStore;
  readonly streams: StreamCensus;
  readonly tasks: TaskLedger;
  readonly scheduler: Scheduler;
  readonly events: EventLog;
  readonly runs: RunLedger;
  readonly templates: TemplateStore;
  readonly schedules: ScheduleStore;
  readonly queues: QueueBoard;
  readonly quotas: Quotas;
  readonly usages: Usages;
  readonly deadLetters: DeadLetters;
  readonly approvals: Approvals;
  readonly circuits: Circuits;
  readonly registry: AgentRegistry;
  readonly agentGate: AgentGate;
  readonly plugins: PluginDirectory;
  readonly pluginSettings: PluginSettings;
  readonly pluginSources: PluginSources;
  readonly catalogue: Catalogue;
  readonly instances: InstanceStore;
  readonly addressRules: AddressRules;
  readonly readiness: Readiness;
  /** Aborted when the gateway begins to stop. */
  readonly stopping: AbortSignal;
  /** Whether every answer is checked against its schema: in tests. */
  readonly checkResponses: boolean;
  /** How many replicas of Redis must have a change before it is answered. */
  readonly redisReplicas: number;
  /** How often the key of an open stream is checked again, in milliseconds. */
  readonly recheckMs: number;
}

export interface PluginOptions {
  /** What may be plugged in although it runs code. */
  readonly allow: readonly string[];
  /** Base address of the npm registry; null: none. */
  readonly registry: string | null;
  readonly catalogue: Pick<CatalogueOptions, "folder" | "keys">;
}

export interface ServicesOptions {
  readonly logger: Logger;
  readonly store: Store;
  readonly metricsRegistry: Registry;
  readonly rateLimitPerMinute: number;
  readonly instanceAllow: readonly string[];
  readonly plugins: PluginOptions;
  /** base64; null: no password can be kept. */
  readonly masterKey: string | null;
  readonly stopping: AbortSignal;
  readonly checkResponses?: boolean;
  /** Default: 0. */
  readonly redisReplicas?: number;
  /** Event streams that one principal may hold open on one replica. Default: 200. */
  readonly streamsMax?: number;
  /** Requests without a valid credential that one address may make a minute before it gets 429 for 401. Default: 60. */
  readonly failuresPerMinute?: number;
  /** How often the key of an open stream is checked again, in milliseconds. Default: 10,000. */
  readonly recheckMs?: number;
}

export function createServices(options: ServicesOptions): Services {
  const { store, logger, rateLimitPerMinute } = options;
  const { redis } = store;
  const prefix = store.keyspace.site.prefix;
  const registry = new AgentRegistry(store);
  const quotas = new Quotas(store);
  const pluginSettings = new PluginSettings(store);
  const { allow, registry: npmRegistry, catalogue: catalogueOptions } = options.plugins;
  const catalogue = new Catalogue({ ...catalogueOptions, noteSequence: catalogueSequence(store) });
  const metrics = gatewayMetrics(options.metricsRegistry);
  const perMinute = (name: string, max: number) =>
    new RateLimit({ redis, prefix: `${prefix}:limit:${name}`, max, windowSeconds: 60 });
  return {
    logger,
    store,
    metrics,
    authentication: {
      keys: new ApiKeys({ redis, prefix: `${prefix}:access` }),
      failures: perMinute("failures", options.failuresPerMinute ?? 60),
    },
    requestLimit: rateLimitPerMinute === 0 ? null : perMinute("requests", rateLimitPerMinute),
    tenantLimit: new TenantLimit({ quotas, redis, prefix: `${prefix}:limit:tenant` }),
    idempotency: new IdempotencyStore(redis, prefix),
    streams: new StreamCensus(options.streamsMax ?? 200, metrics),
    tasks: new TaskLedger(store),
    scheduler: new Scheduler(store),
    events: new EventLog(store),
    runs: new RunLedger(store),
    templates: new TemplateStore(store),
    schedules: new ScheduleStore(store),
    queues: new QueueBoard(store),
    quotas,
    usages: new Usages(store),
    deadLetters: new DeadLetters(store),
    approvals: new Approvals(store),
    circuits: new Circuits(store),
    registry,
    agentGate: new AgentGate(registry),
    plugins: new PluginDirectory({
      store,
      discovered: new DiscoveredPlugins(store),
      settings: pluginSettings,
    }),
    pluginSettings,
    pluginSources: new PluginSources({
      allow: new PluginAllowList(allow),
      registry: npmRegistry,
      catalogue,
    }),
    catalogue,
    instances: new InstanceStore(store, options.masterKey),
    addressRules: new AddressRules(options.instanceAllow),
    readiness: new Readiness(store, options.stopping),
    stopping: options.stopping,
    checkResponses: options.checkResponses ?? false,
    redisReplicas: options.redisReplicas ?? 0,
    recheckMs: options.recheckMs ?? 10_000,
  };
}
