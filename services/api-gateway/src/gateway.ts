/**
 * A gateway that listens, and its orderly end: stop accepting ▸ end streams and waits ▸ drain with a deadline ▸ cut off ▸ close.
 */
import { setMaxListeners } from "node:events";
import { createServer, type Server } from "node:http";
import { type HealthServer, startHealthServer } from "@drover/agent-kit";
import { TunnelDirectory } from "@drover/instances";
import { createMetrics, type Logger, startTracing } from "@drover/observability";
import { Store } from "@drover/queue";
import { createApp } from "./app.ts";
import type { GatewayConfig } from "./config.ts";
import { keepBootstrapKey } from "./keep-bootstrap-key.ts";
import { keepQuotaDefaults } from "./keep-quota-defaults.ts";
import { createServices, type Services } from "./services.ts";
import { offerUpgrades } from "./streams/pending-upgrade.ts";
import { TunnelHub } from "./tunnels/tunnel-hub.ts";

const service = "api-gateway";
/** A request must have arrived within this time. */
const requestArrivalMs = 60_000;
/** Longer than a load balancer keeps an idle connection, so that it is never this side that closes one in use. */
const keepAliveMs = 65_000;

export interface Gateway extends AsyncDisposable {
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly metricsPort: number;
  readonly services: Services;
}

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  /** Checks every answer against its schema. Default: false. */
  readonly checkResponses?: boolean;
  readonly limits?: {
    readonly streamsMax?: number;
    readonly failuresPerMinute?: number;
    readonly tunnelRefreshMs?: number;
    readonly recheckMs?: number;
  };
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, logger } = options;
  const stopping = new AbortController();
  // Each request that is under way listens for the stop.
  setMaxListeners(0, stopping.signal);
  const tracing = startTracing({ service, endpoint: config.otlpEndpoint });
  const metricsRegistry = createMetrics(service);
  const store = Store.open({ url: config.redisUrl, shards: config.shards, manner: "request", logger });
  const services = createServices({
    logger,
    store,
    metricsRegistry,
    rateLimitPerMinute: config.rateLimitPerMinute,
    instanceAllow: config.instanceAllow,
    plugins: config.plugins,
    masterKey: config.masterKey,
    stopping: stopping.signal,
    checkResponses: options.checkResponses ?? false,
    redisReplicas: config.redisReplicas,
    ...options.limits,
  });
  const server = createServer({ requestTimeout: requestArrivalMs, keepAliveTimeout: keepAliveMs });
  const parts: AsyncDisposable[] = [services.events, services.plugins, store, tracing];
  try {
    const health = await startHealthServer({
      host: config.metricsHost,
      port: config.metricsPort,
      metrics: metricsRegistry,
      reasons: () => services.readiness.reasons(),
    });
    parts.unshift(health);
    parts.unshift(keepBootstrapKey(services, config.bootstrapKey));
    parts.unshift(keepQuotaDefaults(services, config.quotaDefaults));
    const tunnels = await TunnelHub.open({
      ...config.tunnel,
      directory: new TunnelDirectory(store),
      instances: services.instances,
      metrics: services.metrics,
      refreshMs: options.limits?.tunnelRefreshMs,
      logger,
    });
    parts.unshift(tunnels);
    server.on("request", createApp(services, tunnels, config.trustProxy));
    offerUpgrades(server);
    const port = await listen(server, config.host, config.port);
    const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
    logger.info({ url, metrics_port: health.port, tunnel_url: tunnels.url }, "gateway started");
    return gateway(url, health, services, async () => {
      stopping.abort();
      // A tunnel is a connection of the server as well: it would hold the drain up.
      await Promise.all([drain(server, config.drainMs), tunnels[Symbol.asyncDispose]()]);
      await closeAll(parts);
      logger.info("gateway stopped");
    });
  } catch (error) {
    stopping.abort();
    server.close();
    await closeAll(parts);
    throw error;
  }
}

function gateway(url: string, health: HealthServer, services: Services, stop: () => Promise<void>): Gateway {
  let stopped: Promise<void> | undefined;
  return {
    url,
    metricsPort: health.port,
    services,
    [Symbol.asyncDispose]() {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Stops accepting and waits until every request is answered, at most `deadlineMs`. */
async function drain(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  // A connection that was busy becomes idle with its answer, and would be kept alive.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  await closed;
  clearTimeout(deadline);
  clearInterval(sweep);
}

async function closeAll(parts: readonly AsyncDisposable[]): Promise<void> {
  for (const part of parts) await Promise.resolve(part[Symbol.asyncDispose]()).catch(() => undefined);
}
