/** One log line and one measurement for each request, when its answer has ended. */
import type { Logger } from "@drover/observability";
import type { RequestHandler } from "express";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import { stateOf } from "../request-state.ts";

/** Asked every few seconds by machines; worth a line only when they go wrong. */
const quietRoutes = new Set(["/healthz", "/readyz"]);

/** Methods that a label may hold; what a caller makes up must not become one. */
const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]);

export function observeRequests(logger: Logger, metrics: GatewayMetrics): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    const method = knownMethods.has(request.method) ? request.method : "OTHER";
    metrics.inFlight.inc({ method });
    response.once("close", () => {
      const { route, principal, requestId } = stateOf(response);
      const durationMs = performance.now() - startedMs;
      // 499: the caller left before the answer had ended.
      const answered = response.writableFinished || response.statusCode === 101;
      const code = answered ? response.statusCode : 499;
      metrics.inFlight.dec({ method });
      metrics.durationSeconds.observe(
        { route: route ?? "none", method, code: String(code) },
        durationMs / 1000,
      );
      const level = code < 500 && route !== null && quietRoutes.has(route) ? "debug" : "info";
      logger[level](
        {
          request_id: requestId,
          method,
          route,
          status: code,
          duration_ms: Math.round(durationMs * 10) / 10,
          principal_id: principal?.id ?? null,
          ip: request.ip ?? null,
        },
        "request",
      );
    });
    next();
  };
}
