/** The share of requests of a principal, and of its organization and workspace: the narrowest is told on every authenticated answer, and refused beyond it. */
import { DroverError } from "@drover/errors";
import type { RequestHandler } from "express";
import type { RateLimitState } from "../limits/rate-limit.ts";
import { principalOf } from "../request-state.ts";
import type { Services } from "../services.ts";

function rateLimitHeaders(state: RateLimitState): Record<string, string> {
  return {
    "X-RateLimit-Limit": String(state.max),
    "X-RateLimit-Remaining": String(state.remaining),
    // Seconds since the epoch.
    "X-RateLimit-Reset": String(Math.ceil((Date.now() + state.resetMs) / 1000)),
  };
}

function rateLimitedError(state: RateLimitState, whose: string): DroverError {
  return new DroverError("rate_limited", {
    detail: `At most ${state.max} requests a minute${whose}.`,
    retryAfterMs: state.resetMs,
  });
}

export function limitRate(services: Pick<Services, "requestLimit" | "tenantLimit">): RequestHandler {
  return async (_request, response, next) => {
    const principal = principalOf(response);
    const own = (await services.requestLimit?.consume(principal.id)) ?? null;
    // What a principal is refused is not taken from its organization.
    const shared = own?.allowed === false ? null : await services.tenantLimit.consume(principal);
    const told = narrower(own, shared);
    if (told !== null) {
      for (const [name, value] of Object.entries(rateLimitHeaders(told))) response.setHeader(name, value);
      const whose = told === shared ? " of all who work for the same organization or workspace" : "";
      if (!told.allowed) throw rateLimitedError(told, whose);
    }
    next();
  };
}

function narrower(own: RateLimitState | null, shared: RateLimitState | null): RateLimitState | null {
  if (own === null || shared === null) return own ?? shared;
  if (own.allowed !== shared.allowed) return own.allowed ? shared : own;
  return shared.remaining < own.remaining ? shared : own;
}
