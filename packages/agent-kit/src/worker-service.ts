/**
 * A service that serves agents: one consumer and one presence per agent, health and metrics, and an orderly end:
 * stop intake ▸ drain with a deadline ▸ abort ▸ close.
 */
import { createLogger, createMetrics, type Logger, type Registry, startTracing } from "@drover/observability";
import { CancelListener, CircuitListener, type Consumer, Store } from "@drover/queue";
import type { Agent } from "./agent.ts";
import { startHealthServer } from "./health-server.ts";
import { MemoryGuard, memoryReader } from "./memory-guard.ts";
import { ServedAgent } from "./served-agent.ts";
import { TaskMetrics } from "./task-metrics.ts";
import type { TaskRunner } from "./task-runner.ts";

/** The settings that every worker has; see `@drover/config`. */
export interface WorkerConfig {
  readonly REDIS_URL: string;
  readonly DROVER_SHARDS: number;
  readonly LOG_LEVEL: string;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly DROVER_METRICS_PORT: number;
  readonly DROVER_METRICS_HOST: string;
  readonly DROVER_WORKER_NAME: string;
  readonly DROVER_DRAIN_SECONDS: number;
  readonly DROVER_LOCK_SECONDS: number;
  readonly DROVER_MEMORY_MAX_MIB?: number | undefined;
}

/** What a service may serve beside its agents, e.g. the runs of workflows. Disposed with the service. */
export interface ServiceParts {
  readonly store: Store;
  readonly logger: Logger;
  /** Where the parts register what they count. */
  readonly metrics: Registry;
}

export interface WorkerServiceOptions {
  readonly service: string;
  readonly config: WorkerConfig;
  readonly concurrency: number;
  readonly agents: (logger: Logger, store: Store) => Promise<readonly Agent[]>;
  /** More consumers of this service; each must stop its intake and dispose like one. */
  readonly consumers?: (parts: ServiceParts) => readonly Consumer[];
}

const drainPollMs = 50;

export class WorkerService implements AsyncDisposable {
  readonly metricsPort: number;
  readonly #consumers: readonly Consumer[];
  readonly #runners: readonly TaskRunner[];
  readonly #drainMs: number;
  /** Closed in this order. */
  readonly #parts: readonly AsyncDisposable[];

  private constructor(parts: {
    metricsPort: number;
    consumers: readonly Consumer[];
    runners: readonly TaskRunner[];
    drainMs: number;
    parts: readonly AsyncDisposable[];
  }) {
    this.metricsPort = parts.metricsPort;
    this.#consumers = parts.consumers;
    this.#runners = parts.runners;
    this.#drainMs = parts.drainMs;
    this.#parts = parts.parts;
  }

  /** What was opened is closed again when any part of the start fails. */
  static async start(options: WorkerServiceOptions): Promise<WorkerService> {
    const parts: AsyncDisposable[] = [];
    try {
      return await WorkerService.#open(options, parts);
    } catch (error) {
      await closeAll(parts);
      throw error;
    }
  }

  /** @param parts what is open, the latest first */
  static async #open(options: WorkerServiceOptions, parts: AsyncDisposable[]): Promise<WorkerService> {
    const { config, service } = options;
    const logger = createLogger({ service, level: config.LOG_LEVEL });
    parts.unshift(startTracing({ service, endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT }));
    const registry = createMetrics(service);
    const store = Store.open({
      url: config.REDIS_URL,
      shards: config.DROVER_SHARDS,
      manner: "worker",
      logger,
    });
    parts.unshift(store);
    // Before anything is taken on: a service that cannot tell how it is must not work.
    let started = false;
    const health = await startHealthServer({
      host: config.DROVER_METRICS_HOST,
      port: config.DROVER_METRICS_PORT,
      metrics: registry,
      reasons: async () => {
        if (!started) return ["It is starting."];
        const ready = await store.ping(1_000).then(
          () => true,
          () => false,
        );
        return ready ? [] : ["Redis does not answer."];
      },
    });
    parts.unshift(health);
    const agents = await options.agents(logger, store);
    parts.unshift(...agents);
    const metrics = new TaskMetrics(registry);
    const lockMs = config.DROVER_LOCK_SECONDS * 1000;
    const workerName = config.DROVER_WORKER_NAME;
    const served = agents.map(
      (agent) =>
        new ServedAgent({
          store,
          agent,
          service,
          workerName,
          concurrency: options.concurrency,
          lockMs,
          logger,
          metrics,
        }),
    );
    const runners = served.map(({ runner }) => runner);
    const cancels = new CancelListener(store, (taskId, expiry) => {
      for (const runner of runners) {
        if (expiry === undefined) runner.cancel(taskId);
        else runner.expire(taskId, expiry);
      }
    });
    const circuits = new CircuitListener(store, (name) => {
      for (const one of served) if (one.name === name) one.circuitChanged();
    });
    parts.unshift(...served, cancels, circuits);
    const others = options.consumers?.({ store, logger, metrics: registry }) ?? [];
    parts.unshift(...others);
    const consumers = [...served.map(({ consumer }) => consumer), ...others];
    parts.unshift(
      new MemoryGuard({
        intakes: served.map(({ consumer }) => consumer.intake),
        logger,
        read: memoryReader(config.DROVER_MEMORY_MAX_MIB),
      }),
    );
    started = true;
    logger.info({ metrics_port: health.port, agents: agents.map((agent) => agent.name) }, "service started");
    return new WorkerService({
      metricsPort: health.port,
      consumers,
      runners,
      drainMs: config.DROVER_DRAIN_SECONDS * 1000,
      parts,
    });
  }

  /** Stops intake, waits for what runs, aborts what is still running at the deadline, and closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const deadline = Date.now() + this.#drainMs;
    await Promise.allSettled(this.#consumers.map((consumer) => consumer.stopIntake()));
    while (this.#consumers.some((consumer) => consumer.active > 0) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, drainPollMs));
    }
    for (const runner of this.#runners) runner.abortAll();
    await closeAll(this.#parts);
  }
}

async function closeAll(parts: readonly AsyncDisposable[]): Promise<void> {
  for (const part of parts) await Promise.resolve(part[Symbol.asyncDispose]()).catch(() => undefined);
}
