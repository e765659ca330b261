/** A server span around a request, named by its route's pattern, in the caller's trace when it sent one. */
import { currentTraceId, SpanKind, withSpan } from "@drover/observability";
import type { RequestHandler } from "express";
import { stateOf } from "../request-state.ts";

export function traceRequest(method: string, pattern: string): RequestHandler {
  const name = `${method.toUpperCase()} ${pattern}`;
  return (request, response, next) => {
    const state = stateOf(response);
    state.route = pattern;
    void withSpan(
      name,
      {
        kind: SpanKind.SERVER,
        traceparent: request.get("traceparent") ?? null,
        attributes: {
          "http.request.method": request.method,
          "http.route": pattern,
          "drover.request_id": state.requestId,
        },
      },
      (span) =>
        new Promise<void>((resolve) => {
          const traceId = currentTraceId();
          if (traceId !== null) response.setHeader("X-Trace-Id", traceId);
          response.once("close", () => {
            span.setAttribute("http.response.status_code", response.statusCode);
            if (response.statusCode >= 500) span.setStatus({ code: 2 });
            resolve();
          });
          next();
        }),
    );
  };
}
