/** One principal's share of requests: told on every authenticated answer, and refused beyond it. */
import { DroverError } from "@drover/errors";
import type { RequestHandler } from "express";
import type { RateLimit, RateLimitState } from "../limits/rate-limit.ts";
import { principalOf } from "../request-state.ts";

function rateLimitHeaders(state: RateLimitState): Record<string, string> {
  return {
    "X-RateLimit-Limit": String(state.max),
    "X-RateLimit-Remaining": String(state.remaining),
    // Seconds since the epoch.
    "X-RateLimit-Reset": String(Math.ceil((Date.now() + state.resetMs) / 1000)),
  };
}

function rateLimitedError(state: RateLimitState): DroverError {
  return new DroverError("rate_limited", {
    detail: `At most ${state.max} requests a minute.`,
    retryAfterMs: state.resetMs,
  });
}

/** @param limit null: there is none */
export function limitRate(limit: RateLimit | null): RequestHandler {
  return async (_request, response, next) => {
    if (limit !== null) {
      const state = await limit.consume(principalOf(response).id);
      for (const [name, value] of Object.entries(rateLimitHeaders(state))) response.setHeader(name, value);
      if (!state.allowed) throw rateLimitedError(state);
    }
    next();
  };
}
