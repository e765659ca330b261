/** Every request has an id: a valid one that came along is kept, and every answer shows it. */
import { newId } from "@drover/contracts";
import { withCorrelation } from "@drover/observability";
import type { RequestHandler } from "express";
import { beginState } from "../request-state.ts";

const acceptable = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** The id that came along, if it may stand in a header and a log line; else a new one. */
function requestIdFrom(incoming: string | undefined): string {
  return incoming !== undefined && acceptable.test(incoming) ? incoming : newId("request");
}

export const requestId: RequestHandler = (request, response, next) => {
  const id = requestIdFrom(request.get("X-Request-Id"));
  beginState(response, id);
  response.setHeader("X-Request-Id", id);
  withCorrelation({ request_id: id }, () => next());
};
