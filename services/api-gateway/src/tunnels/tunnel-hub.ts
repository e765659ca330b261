/** The tunnels that this replica holds, at most one of each instance, and the endpoint at which workers use them. */
import { DroverError, toError } from "@drover/errors";
import type { InstanceStore, TunnelDirectory } from "@drover/instances";
import type { Logger } from "@drover/observability";
import { TunnelSession, tunnelClose } from "@drover/tunnel";
import type { WebSocket } from "ws";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import { HeldTunnel } from "./held-tunnel.ts";
import { TunnelEndpoint } from "./tunnel-endpoint.ts";

/** Each holds three sockets. */
const tunnelsMax = 2_000;
const defaultRefreshMs = 5_000;

export interface TunnelHubOptions {
  readonly host: string;
  readonly port: number;
  /** How workers reach this replica; null: as host and port say. */
  readonly url: string | null;
  readonly directory: TunnelDirectory;
  readonly instances: InstanceStore;
  readonly metrics: GatewayMetrics;
  /** Between two signs of a tunnel to the directory. Default: 5,000. */
  readonly refreshMs?: number | undefined;
  readonly logger: Logger;
}

export class TunnelHub implements AsyncDisposable {
  readonly #options: TunnelHubOptions;
  readonly #endpoint: TunnelEndpoint;
  readonly #tunnels: Map<string, HeldTunnel>;
  readonly #holding = new Set<Promise<void>>();
  #stopping = false;

  private constructor(options: TunnelHubOptions, endpoint: TunnelEndpoint, tunnels: Map<string, HeldTunnel>) {
    this.#options = options;
    this.#endpoint = endpoint;
    this.#tunnels = tunnels;
  }

  /** @throws the system's error when the endpoint cannot listen */
  static async open(options: TunnelHubOptions): Promise<TunnelHub> {
    const tunnels = new Map<string, HeldTunnel>();
    const find = (instanceId: string) => tunnels.get(instanceId) ?? null;
    return new TunnelHub(options, await TunnelEndpoint.open({ ...options, find }), tunnels);
  }

  /** Of the endpoint. */
  get url(): string {
    return this.#endpoint.url;
  }

  /** @throws DroverError rate_limited, shutting_down when no tunnel can be taken */
  requireRoom(): void {
    if (this.#stopping) throw new DroverError("shutting_down", { retryAfterMs: 1_000 });
    if (this.#tunnels.size < tunnelsMax) return;
    throw new DroverError("rate_limited", {
      detail: `This gateway holds ${tunnelsMax} tunnels, as many as it may.`,
      retryAfterMs: 10_000,
    });
  }

  /**
   * Holds a tunnel until it closes; never rejects. An older one of the same instance gives way.
   * @param isAllowed whether the credential that opened it still counts
   */
  async hold(instanceId: string, webSocket: WebSocket, isAllowed: () => Promise<boolean>): Promise<void> {
    // A broken connection closes as well; nothing else is to be done about it.
    webSocket.on("error", () => undefined);
    const holding = this.#hold(instanceId, webSocket, isAllowed).catch((error: unknown) => {
      this.#options.logger.debug({ err: toError(error) }, "a tunnel was gone before it was there");
    });
    this.#holding.add(holding);
    await holding;
    this.#holding.delete(holding);
  }

  async #hold(instanceId: string, webSocket: WebSocket, isAllowed: () => Promise<boolean>): Promise<void> {
    const { directory, instances, metrics, logger } = this.#options;
    const session = await TunnelSession.open(webSocket);
    if (this.#stopping) return await session.close(tunnelClose.goingAway, "the gateway stops");
    const tunnel = new HeldTunnel({
      instanceId,
      session,
      url: this.url,
      directory,
      instances,
      isAllowed,
      refreshMs: this.#options.refreshMs ?? defaultRefreshMs,
      logger,
    });
    const older = this.#tunnels.get(instanceId);
    this.#tunnels.set(instanceId, tunnel);
    void older?.session.close(tunnelClose.replaced, "a newer tunnel has taken its place");
    metrics.tunnels.inc();
    logger.info({ instance_id: instanceId }, "a tunnel is open");
    await tunnel.hold();
    metrics.tunnels.dec();
    logger.info({ instance_id: instanceId }, "a tunnel is closed");
    if (this.#tunnels.get(instanceId) === tunnel) this.#tunnels.delete(instanceId);
  }

  /** Sends every workspace to another replica. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    const tunnels = [...this.#tunnels.values()];
    await Promise.all(
      tunnels.map(({ session }) => session.close(tunnelClose.goingAway, "the gateway stops")),
    );
    await Promise.all(this.#holding);
    await this.#endpoint[Symbol.asyncDispose]();
  }
}
