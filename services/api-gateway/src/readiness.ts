/** Whether the gateway can serve now, and if not, why. */
import type { Store } from "@drover/queue";

const pingDeadlineMs = 1_000;

/** Empty when it can. */
export async function unreadyReasons(store: Store, stopping: AbortSignal): Promise<string[]> {
  if (stopping.aborted) return ["The gateway is stopping."];
  const answers = await store.ping(pingDeadlineMs).then(
    () => true,
    () => false,
  );
  return answers ? [] : ["Redis does not answer."];
}
