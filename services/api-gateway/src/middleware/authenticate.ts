/** Who is calling: a valid key, or 401. */
import type { ApiKeys, Principal } from "@drover/access";
import { DroverError } from "@drover/errors";
import type { RequestHandler } from "express";
import { type Credential, credentialOf } from "../credentials.ts";
import type { RateLimit } from "../limits/rate-limit.ts";
import { stateOf } from "../request-state.ts";
import { isSameOrigin } from "../same-origin.ts";
import { asksForWebSocket } from "../streams/pending-upgrade.ts";

export interface Authentication {
  readonly keys: ApiKeys;
  /** Counts failures by the caller's address. A valid key is never refused for them. */
  readonly failures: RateLimit;
}

/**
 * @param address of the caller
 * @throws DroverError unauthenticated, or rate_limited after too many failures from one address
 */
export async function verifyCredential(
  { keys, failures }: Authentication,
  credential: Credential | null,
  address: string,
): Promise<Principal> {
  const principal = credential === null ? null : await keys.authenticate(credential.token);
  if (principal !== null) return principal;
  const state = await failures.consume(address);
  if (!state.allowed) {
    throw new DroverError("rate_limited", {
      detail: "Too many requests without a valid credential came from this address.",
      retryAfterMs: state.resetMs,
    });
  }
  throw new DroverError("unauthenticated", {
    detail:
      credential === null
        ? "Send a key in the cookie coder_session_token, the header Coder-Session-Token or as a bearer token."
        : "The key is not valid, has expired or was revoked.",
  });
}

export function authenticate(authentication: Authentication): RequestHandler {
  return async (request, response, next) => {
    const webSocket = asksForWebSocket(request);
    const query = webSocket ? new URL(request.url, "http://gateway").searchParams : null;
    const credential = credentialOf(request, query);
    const principal = await verifyCredential(authentication, credential, request.ip ?? "unknown");
    // A WebSocket is a GET that another site's page could read from, so it is held to the same rule as a change.
    const harmless = (request.method === "GET" || request.method === "HEAD") && !webSocket;
    if (credential?.source === "cookie" && !harmless && !isSameOrigin(request.headers, request.host)) {
      throw new DroverError("forbidden", {
        detail: "A cookie is only heeded on requests from our own pages.",
      });
    }
    Object.assign(stateOf(response), { principal, token: credential?.token ?? null });
    next();
  };
}
