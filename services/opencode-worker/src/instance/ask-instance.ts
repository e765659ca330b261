/** Calls to an OpenCode server: a deadline on each, and a failure with a class instead of the SDK's loose answer. */
import { PermanentFailure, RetryableFailure } from "@drover/errors";
import { z } from "zod";
import { withinDeadline } from "../waiting/within-deadline.ts";

const callDeadlineMs = 20_000;

/** What every call of the SDK answers: it throws for neither a refusal nor a lost connection. */
interface SdkAnswer<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response?: Response | undefined;
}

const refusal = z.object({
  name: z.string().optional(),
  data: z.object({ message: z.string() }).optional(),
  message: z.string().optional(),
});

/**
 * @param call made with a signal that ends it after the deadline
 * @throws RetryableFailure `instance_failed` when the server does not answer or fails
 * @throws PermanentFailure `invalid_payload` when it refuses the request itself
 */
export async function askInstance<T>(
  what: string,
  call: (signal: AbortSignal) => Promise<SdkAnswer<T>>,
): Promise<T> {
  const answer = await withinDeadline(callDeadlineMs, call).catch((error: unknown) => ({
    data: undefined,
    error,
    response: undefined,
  }));
  if (answer.error === undefined && answer.response?.ok === true && answer.data !== undefined)
    return answer.data;
  const status = answer.response?.status;
  if (status !== undefined && status >= 400 && status < 500 && status !== 401)
    throw new PermanentFailure("invalid_payload", `OpenCode refused to ${what}: ${messageOf(answer.error)}`);
  throw new RetryableFailure(
    "instance_failed",
    `OpenCode could not ${what}: ${status === undefined ? "it did not answer" : messageOf(answer.error)}`,
    { cause: answer.error },
  );
}

function messageOf(error: unknown): string {
  const parsed = refusal.safeParse(error);
  if (!parsed.success) return "it gave no reason";
  return (parsed.data.data?.message ?? parsed.data.message ?? parsed.data.name ?? "it gave no reason").slice(
    0,
    500,
  );
}
