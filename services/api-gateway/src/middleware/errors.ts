/** The last handlers: a path that nobody answers, a method that a path does not answer, and everything that was thrown. */
import { DroverError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { errorHeaders, toDroverError } from "../to-drover-error.ts";

export const routeNotFound: RequestHandler = () => {
  throw new DroverError("route_not_found");
};

/** @param allowed the methods that the path answers, in upper case */
export function methodNotAllowed(allowed: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.setHeader("Allow", allowed.join(", "));
    throw new DroverError("method_not_allowed");
  };
}

export function answerErrors(logger: Logger): ErrorRequestHandler {
  return (thrown, _request, response, _next) => {
    const error = toDroverError(thrown);
    if (error.code === "internal")
      logger.error({ err: thrown }, "a request failed for a reason nobody foresaw");
    // Once an answer has begun there is nothing left to say; cutting it short shows that it is not whole.
    if (response.headersSent) {
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(errorHeaders(error))) response.setHeader(name, value);
    response.status(error.status).json(error.toBody());
  };
}
