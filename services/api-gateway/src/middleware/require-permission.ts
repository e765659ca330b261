/** Refuses a caller who holds the operation's permission nowhere; where exactly it must be held, the handler knows. */
import { isAllowedSomewhere } from "@drover/access";
import type { Requirement } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { RequestHandler } from "express";
import { principalOf } from "../request-state.ts";

export function requirePermission(requirement: Requirement): RequestHandler {
  return (_request, response, next) => {
    if (
      requirement !== "public" &&
      requirement !== "authenticated" &&
      !isAllowedSomewhere(principalOf(response), requirement)
    ) {
      throw new DroverError("forbidden", { detail: `This needs the permission ${requirement}.` });
    }
    next();
  };
}
