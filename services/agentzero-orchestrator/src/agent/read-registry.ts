/** Reads the registry with a deadline: a store that does not answer must not hold a plan. */
import type { RegisteredAgent } from "@drover/contracts";
import { RetryableFailure } from "@drover/errors";

/** Knows which agents exist and which take tasks now; `AgentRegistry` of `@drover/agent-kit` is one. */
export interface AgentSource {
  agents(): Promise<readonly RegisteredAgent[]>;
}

const defaultDeadlineMs = 5_000;

/**
 * @throws RetryableFailure `redis_unavailable` when the registry cannot be read in time
 * @throws the reason of `signal` as soon as it aborts
 */
export function readRegistry(
  source: AgentSource,
  signal: AbortSignal,
  deadlineMs = defaultDeadlineMs,
): Promise<readonly RegisteredAgent[]> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const fail = (reason: unknown) => {
      end();
      reject(reason);
    };
    const unavailable = (cause?: unknown) =>
      fail(new RetryableFailure("redis_unavailable", "The registry of agents cannot be read.", { cause }));
    const onAbort = () => fail(signal.reason);
    const timer = setTimeout(unavailable, deadlineMs);
    signal.addEventListener("abort", onAbort, { once: true });
    source.agents().then((agents) => {
      end();
      resolve(agents);
    }, unavailable);
  });
}
