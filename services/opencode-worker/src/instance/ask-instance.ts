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

/** How OpenCode names what is wrong with the configuration that it reads at the first request of a directory. */
const configFaults: ReadonlySet<string> = new Set([
  "ConfigInvalidError",
  "ConfigJsonError",
  "ConfigFrontmatterError",
  "ConfigDirectoryTypoError",
  "ConfigVariableError",
]);

const configFault = z.object({
  name: z.string(),
  data: z.looseObject({
    path: z.string().optional(),
    message: z.string().optional(),
    issues: z.array(z.looseObject({ message: z.string(), path: z.array(z.unknown()).optional() })).optional(),
  }),
});

const refusal = z.object({
  name: z.string().optional(),
  data: z.object({ message: z.string() }).optional(),
  message: z.string().optional(),
});

/**
 * @param call made with a signal that ends it after the deadline
 * @throws RetryableFailure `instance_failed` when the server does not answer or fails
 * @throws PermanentFailure `workspace_config_invalid` when it cannot read what configures it, `invalid_payload` when it refuses
 *   the request itself
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
  const unreadable = configFaultOf(answer.error);
  if (unreadable !== null) throw new PermanentFailure("workspace_config_invalid", unreadable);
  const status = answer.response?.status;
  if (status !== undefined && status >= 400 && status < 500 && status !== 401)
    throw new PermanentFailure("invalid_payload", `OpenCode refused to ${what}: ${messageOf(answer.error)}`);
  throw new RetryableFailure(
    "instance_failed",
    `OpenCode could not ${what}: ${status === undefined ? "it did not answer" : messageOf(answer.error)}`,
    { cause: answer.error },
  );
}

/** What is wrong with the configuration, and in which file; null: it is something else. */
function configFaultOf(error: unknown): string | null {
  const parsed = configFault.safeParse(error);
  if (!parsed.success || !configFaults.has(parsed.data.name)) return null;
  const { path, message, issues = [] } = parsed.data.data;
  const named = issues.map((issue) => `${(issue.path ?? []).join(".")}: ${issue.message}`);
  const reason = [message, ...named].filter((text) => text !== undefined && text !== "").join("; ");
  return `OpenCode cannot read ${path ?? "the workspace's configuration"}: ${reason || parsed.data.name}`.slice(
    0,
    1_000,
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
