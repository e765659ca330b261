/** What the engine's errors mean for the task. */
import { isTaskFailure, PermanentFailure, RetryableFailure, type TaskFailure, toError } from "@drover/errors";
import { z } from "zod";

/** An answer of the engine with an error status, as dockerode throws it. */
const engineError = z.object({
  statusCode: z.number(),
  json: z.object({ message: z.string() }).optional().catch(undefined),
  message: z.string(),
});
const systemError = z.object({ code: z.string() });

export function statusOf(error: unknown): number | undefined {
  return engineError.safeParse(error).data?.statusCode;
}

/** The engine's own words, without the prefix that the client puts before them. */
export function engineMessage(error: unknown): string {
  const answer = engineError.safeParse(error).data;
  return (answer?.json?.message ?? toError(error).message).trim();
}

/**
 * An error of the engine as a failure: no answer is retried as `docker_unavailable`, its own faults (5xx) are retried
 * and its refusals are final, both as `docker_failed`.
 * @param doing what was being done, as in "The engine could not start the container"
 */
export function dockerFailure(error: unknown, doing: string): TaskFailure {
  if (isTaskFailure(error)) return error;
  const status = statusOf(error);
  if (status === undefined) {
    return new RetryableFailure("docker_unavailable", describeUnavailable(error), { cause: error });
  }
  const message = `The engine could not ${doing}: ${engineMessage(error)}`;
  return status >= 500
    ? new RetryableFailure("docker_failed", message, { cause: error })
    : new PermanentFailure("docker_failed", message, { cause: error });
}

export function describeUnavailable(error: unknown): string {
  const code = systemError.safeParse(error).data?.code;
  return `The Docker engine does not answer (${code ?? toError(error).message}).`;
}
