/** Calls again while the answer is an outage: what a patient client does, and the only thing it has to do. */
import { setTimeout as sleep } from "node:timers/promises";
import { DroverApiError, DroverUnreachable } from "@drover/client";

/** No service comes back by itself after so long. */
const patienceMs = 180_000;
const passing = new Set([429, 502, 503, 504]);

/**
 * @throws what `call` threw, when calling again is no use or patience is at its end; the reason of an aborted `signal`
 */
export async function insist<Answer>(call: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      const outage =
        error instanceof DroverUnreachable || (error instanceof DroverApiError && passing.has(error.status));
      if (!outage || Date.now() > endMs) throw error;
    }
    await sleep(100 + Math.random() * 200);
  }
}

/** The status of a refusal that is not an outage; undefined when `call` succeeded. */
export async function refusalOf(
  call: () => Promise<unknown>,
  signal?: AbortSignal,
): Promise<number | undefined> {
  try {
    await insist(call, signal);
    return undefined;
  } catch (error) {
    if (error instanceof DroverApiError) return error.status;
    throw error;
  }
}
