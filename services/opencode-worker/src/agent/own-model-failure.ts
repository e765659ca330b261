/**
 * A remote instance has a model of its own. What fails there says nothing about the model of everybody else, so it goes by
 * another code: one workspace's bad key must not make the whole fleet wait.
 */
import type { Instance as Registration } from "@drover/contracts";
import { CapacityFailure, RetryableFailure } from "@drover/errors";

const code = "workspace_model_failed";

/** The failure as it is to be told for a task of this registration. */
export function ofOwnModel(registration: Registration | null, error: unknown): unknown {
  if (registration?.runtime !== "remote") return error;
  if (error instanceof CapacityFailure && error.code === "model_rate_limited")
    return new CapacityFailure(code, error.message, { retryAfterMs: error.retryAfterMs, cause: error });
  if (error instanceof RetryableFailure && error.code === "model_unavailable")
    return new RetryableFailure(code, error.message, { cause: error });
  return error;
}
