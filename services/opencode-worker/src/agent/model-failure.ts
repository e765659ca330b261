/** From how the model failed to how the task fails: what no attempt can mend, what another one may, and what just has to wait. */
import { CapacityFailure, PermanentFailure, RetryableFailure, type TaskFailure } from "@drover/errors";
import type { AssistantMessage, SessionStatus } from "@opencode-ai/sdk/v2";
import type { ModelFault } from "../instance/instance-runtime.ts";

export type AnswerError = NonNullable<AssistantMessage["error"]>;

const rejectedStatuses = new Set([400, 401, 403, 404, 405, 413, 422]);
const rateLimitedRetryMs = 30_000;
const retryAfterMaxMs = 3_600_000;
/** OpenCode tries five times over 70 seconds; the queue waits better than a held slot does. */
const retriesMax = 3;
const farAwayMs = 15_000;

/** A refusal or an outage of the model's endpoint. */
function endpointFailure(fault: ModelFault, retryAfterMs?: number): TaskFailure {
  const { status, message } = fault;
  if (status === 429) {
    return new CapacityFailure("model_rate_limited", `The model's provider limits the rate: ${message}`, {
      retryAfterMs: Math.min(retryAfterMs ?? rateLimitedRetryMs, retryAfterMaxMs),
    });
  }
  if (status !== null && rejectedStatuses.has(status))
    return new PermanentFailure("model_rejected", `The model refused the request (${status}): ${message}`);
  const how = status === null ? "" : ` (${status})`;
  return new RetryableFailure("model_unavailable", `The model did not answer${how}: ${message}`);
}

/**
 * Whether to give up while OpenCode still wants to try again; null: let it.
 * @param fault what the endpoint last answered, as the relay saw it
 */
export function retryFailure(
  status: Extract<SessionStatus, { type: "retry" }>,
  fault: ModelFault | null,
  nowMs: number,
): TaskFailure | null {
  const waitMs = Math.max(0, status.next - nowMs);
  const worthWaiting = status.attempt < retriesMax && waitMs < farAwayMs && fault?.silent !== true;
  if (worthWaiting) return null;
  return endpointFailure(fault ?? { status: null, message: status.message }, Math.max(waitMs, 1_000));
}

/** The error that an answer of the model ended with, or that OpenCode reported instead of one. */
export function answerFailure(error: AnswerError, fault: ModelFault | null): TaskFailure {
  switch (error.name) {
    case "APIError": {
      const status = error.data.statusCode ?? null;
      return endpointFailure(
        fault !== null && fault.status === status ? fault : { status, message: error.data.message },
      );
    }
    case "ProviderAuthError":
    case "ContentFilterError":
      return new PermanentFailure("model_rejected", `The model refused the request: ${error.data.message}`);
    case "ContextOverflowError":
      return new PermanentFailure("model_rejected", "The conversation is longer than the model's window.");
    case "MessageAbortedError":
      return new RetryableFailure("incomplete_answer", "The answer was cut short inside of OpenCode.");
    case "MessageOutputLengthError":
    case "StructuredOutputError":
      return new RetryableFailure("incomplete_answer", "The model's answer was not complete.");
    default:
      return unknownFailure(error.data.message, fault);
  }
}

/** OpenCode has one name for all else; the words tell what it was. */
function unknownFailure(message: string, fault: ModelFault | null): TaskFailure {
  if (/model not found|no such model/i.test(message))
    return new PermanentFailure("model_rejected", "The endpoint has no such model.");
  if (/agent not found|unknown agent/i.test(message))
    return new PermanentFailure("invalid_payload", "OpenCode has no such agent.");
  if (fault !== null) return endpointFailure(fault);
  if (/JSON parsing failed|type validation failed|invalid json/i.test(message))
    return new RetryableFailure("model_unavailable", "The model's endpoint answered what is no completion.");
  if (/timed out|timeout/i.test(message))
    return new RetryableFailure("model_unavailable", "The model took too long to answer.");
  return new RetryableFailure("instance_failed", `OpenCode failed: ${message.slice(0, 300)}`);
}
