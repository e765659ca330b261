/** Redis being away is its own error, never a wrong answer. */
import { DroverError } from "@drover/errors";

/** Replies of a server that is there and cannot serve now. */
const unableReplies =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MISCONF|OOM|BUSY|NOREPLICAS|MAXCLIENTS)\b/;

/** Whether this error of a Redis client says that the store cannot be used at the moment. */
export function isRedisOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "ReplyError") return unableReplies.test(error.message);
  return (
    /^(Connection is closed\.|Command aborted|Command timed out|Stream isn't writeable|.*max retries per request limit|None of startup nodes|Failed to refresh slots cache|Too many Cluster redirections|Cluster isn't ready|Cluster is ended|All sentinels are unreachable)/i.test(
      error.message,
    ) ||
    ("code" in error &&
      typeof error.code === "string" &&
      /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOST|ENET|EAI_)/.test(error.code))
  );
}

/**
 * Runs `work` against Redis.
 * @throws DroverError redis_unavailable in place of an error that means an outage
 */
export async function duringRedis<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isRedisOutage(cause)) throw new DroverError("redis_unavailable", { retryAfterMs: 1_000, cause });
    throw cause;
  }
}
