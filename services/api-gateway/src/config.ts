/** What the gateway is told by its environment. */
import { apiKeyTokenPattern } from "@drover/access";
import {
  addressSettings,
  type Environment,
  masterKeySettings,
  readConfig,
  redisSettings,
  serviceSettings,
} from "@drover/config";
import type { QuotaDefaults } from "@drover/contracts";
import { parseCatalogueKeys, shippedFolder, shippedKey } from "@drover/plugin-catalogue";
import { z } from "zod";
import type { PluginOptions } from "./services.ts";

const listed = (text: string): string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

const quotaLimit = z.coerce
  .number()
  .int()
  .min(0)
  .max(10_000_000)
  .default(0)
  .transform((most) => (most === 0 ? null : most));

const schema = z.object({
  ...redisSettings,
  ...serviceSettings,
  ...masterKeySettings,
  ...addressSettings,
  /** How many replicas of Redis must have a change before it is answered; 0: none is waited for. */
  DROVER_REDIS_REPLICAS: z.coerce.number().int().min(0).max(100).default(0),
  DROVER_HOST: z.string().default("127.0.0.1"),
  /** 0 takes a free port, which is logged. */
  DROVER_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Becomes a site owner at first start. */
  DROVER_BOOTSTRAP_KEY: z
    .string()
    .regex(
      apiKeyTokenPattern,
      "must be drv_<id>_<secret>: id 8 to 32 of a-z 0-9, secret 32 to 64 of A-Z a-z 0-9",
    )
    .optional(),
  /** Requests a minute of one principal over all replicas; 0: no limit. */
  DROVER_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(0).max(10_000_000).default(6000),
  /** Default quotas of an organization; 0: no limit. */
  DROVER_ORGANIZATION_QUEUED_MAX: quotaLimit,
  DROVER_ORGANIZATION_ACTIVE_MAX: quotaLimit,
  DROVER_ORGANIZATION_REQUESTS_PER_MINUTE: quotaLimit,
  /** Default quotas of a workspace; 0: no limit. */
  DROVER_WORKSPACE_QUEUED_MAX: quotaLimit,
  DROVER_WORKSPACE_ACTIVE_MAX: quotaLimit,
  DROVER_WORKSPACE_REQUESTS_PER_MINUTE: quotaLimit,
  /** Proxies whose X-Forwarded-* headers count: addresses and networks, or how many hops. Unset: none. */
  DROVER_TRUST_PROXY: z
    .string()
    .transform((text) => (/^\d+$/.test(text) ? Number(text) : listed(text)))
    .optional(),
  /** Where workers reach the tunnels that this replica holds. Its own listener, never for the outside. */
  DROVER_TUNNEL_HOST: z.string().min(1).default("127.0.0.1"),
  /** 0 takes a free port, which is logged. */
  DROVER_TUNNEL_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  /** This replica's own address for workers; absent: its host (its name, where that is every interface) and port. */
  DROVER_TUNNEL_URL: z.url({ protocol: /^http$/ }).optional(),
  /** What may be plugged into a workspace's OpenCode although it runs code: `npm:…`, `mcp:…`, `catalogue:…`. */
  DROVER_PLUGIN_ALLOW: z.string().default("").transform(listed),
  /** The npm registry that packages are installed from; absent: `npm_config_registry`, else none. */
  DROVER_PLUGIN_REGISTRY: z.url({ protocol: /^https?$/ }).optional(),
  /** Holds the signed catalogue: `index.json` and `index.sig.json`. */
  DROVER_CATALOGUE_DIR: z.string().min(1).default(shippedFolder),
  /** Who may sign the catalogue: `<id>:<public key>`, separated by commas. */
  DROVER_CATALOGUE_KEYS: z
    .string()
    .default(shippedKey)
    .transform((text, context) => {
      try {
        return parseCatalogueKeys(text);
      } catch (error) {
        context.addIssue({ code: "custom", message: error instanceof Error ? error.message : "is no key" });
        return z.NEVER;
      }
    }),
});

export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly metricsHost: string;
  readonly metricsPort: number;
  readonly redisUrl: string;
  readonly shards: number;
  readonly redisReplicas: number;
  readonly bootstrapKey: string | null;
  readonly rateLimitPerMinute: number;
  readonly quotaDefaults: QuotaDefaults;
  readonly trustProxy: number | readonly string[] | null;
  readonly instanceAllow: readonly string[];
  readonly tunnel: { readonly host: string; readonly port: number; readonly url: string | null };
  readonly plugins: PluginOptions;
  readonly masterKey: string | null;
  readonly drainMs: number;
  readonly logLevel: string;
  readonly otlpEndpoint: string | undefined;
}

/** @throws ConfigError naming every faulty variable */
export function readGatewayConfig(environment: Environment): GatewayConfig {
  const settings = readConfig(schema, environment);
  return {
    host: settings.DROVER_HOST,
    port: settings.DROVER_PORT,
    metricsHost: settings.DROVER_METRICS_HOST,
    metricsPort: settings.DROVER_METRICS_PORT,
    redisUrl: settings.REDIS_URL,
    shards: settings.DROVER_SHARDS,
    redisReplicas: settings.DROVER_REDIS_REPLICAS,
    bootstrapKey: settings.DROVER_BOOTSTRAP_KEY ?? null,
    rateLimitPerMinute: settings.DROVER_RATE_LIMIT_PER_MINUTE,
    quotaDefaults: {
      organization: {
        queued_max: settings.DROVER_ORGANIZATION_QUEUED_MAX,
        active_max: settings.DROVER_ORGANIZATION_ACTIVE_MAX,
        requests_per_minute: settings.DROVER_ORGANIZATION_REQUESTS_PER_MINUTE,
      },
      workspace: {
        queued_max: settings.DROVER_WORKSPACE_QUEUED_MAX,
        active_max: settings.DROVER_WORKSPACE_ACTIVE_MAX,
        requests_per_minute: settings.DROVER_WORKSPACE_REQUESTS_PER_MINUTE,
      },
    },
    trustProxy: settings.DROVER_TRUST_PROXY ?? null,
    instanceAllow: settings.DROVER_INSTANCE_ALLOW,
    tunnel: {
      host: settings.DROVER_TUNNEL_HOST,
      port: settings.DROVER_TUNNEL_PORT,
      url: settings.DROVER_TUNNEL_URL?.replace(/\/+$/, "") ?? null,
    },
    plugins: {
      allow: settings.DROVER_PLUGIN_ALLOW,
      registry: settings.DROVER_PLUGIN_REGISTRY ?? environment["npm_config_registry"] ?? null,
      catalogue: { folder: settings.DROVER_CATALOGUE_DIR, keys: settings.DROVER_CATALOGUE_KEYS },
    },
    masterKey: settings.DROVER_MASTER_KEY ?? null,
    drainMs: settings.DROVER_DRAIN_SECONDS * 1000,
    logLevel: settings.LOG_LEVEL,
    otlpEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}
