/** What the gateway counts, by route pattern, never by path: a path holds ids. */
import { Counter, Gauge, Histogram, type Registry } from "@drover/observability";

export interface GatewayMetrics {
  readonly durationSeconds: Histogram<"route" | "method" | "code">;
  readonly inFlight: Gauge<"method">;
  readonly streams: Gauge<"transport">;
  readonly tunnels: Gauge;
  readonly replays: Counter;
}

export function gatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  return {
    durationSeconds: new Histogram({
      name: "drover_http_request_duration_seconds",
      help: "Time from a request's arrival to the end of its answer.",
      labelNames: ["route", "method", "code"],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    inFlight: new Gauge({
      name: "drover_http_requests_in_flight",
      help: "Requests that are being answered.",
      labelNames: ["method"],
      registers,
    }),
    streams: new Gauge({
      name: "drover_http_event_streams",
      help: "Open event streams.",
      labelNames: ["transport"],
      registers,
    }),
    tunnels: new Gauge({
      name: "drover_http_tunnels",
      help: "Workspaces that have dialled out to this replica and are connected.",
      registers,
    }),
    replays: new Counter({
      name: "drover_http_idempotent_replays_total",
      help: "Answers that were given again for a repeated Idempotency-Key.",
      registers,
    }),
  };
}
