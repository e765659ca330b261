/** What the gateway learns of a request on its way: kept beside the response, typed, and gone with it. */
import type { ServerResponse } from "node:http";
import type { Principal } from "@drover/access";

export interface RequestState {
  requestId: string;
  /** The pattern of the route that answers, e.g. `/api/v2/agents/tasks/{task_id}`; null: none does. */
  route: string | null;
  principal: Principal | null;
  /** The key that it was authenticated by. */
  token: string | null;
}

/** Who calls a public operation: without roles, it may do nothing. */
export const nobody: Principal = {
  id: "nobody",
  name: "nobody",
  kind: "service",
  roles: [],
  expiresAt: null,
};

const states = new WeakMap<ServerResponse, RequestState>();

export function beginState(response: ServerResponse, requestId: string): RequestState {
  const state: RequestState = { requestId, route: null, principal: null, token: null };
  states.set(response, state);
  return state;
}

export function stateOf(response: ServerResponse): RequestState {
  const state = states.get(response);
  if (state === undefined) throw new Error("the request has no state: the request id middleware comes first");
  return state;
}

/** The caller of an operation that requires one. */
export function principalOf(response: ServerResponse): Principal {
  const { principal } = stateOf(response);
  if (principal === null) throw new Error("the request was not authenticated");
  return principal;
}

/** The key that the caller of such an operation has shown. */
export function tokenOf(response: ServerResponse): string {
  const { token } = stateOf(response);
  if (token === null) throw new Error("the request was not authenticated");
  return token;
}
