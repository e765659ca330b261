/**
 * Puts the configured default quotas where the scripts that accept and claim tasks read them, as soon as Redis is there. Until
 * then those of the last start hold.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { QuotaDefaults } from "@drover/contracts";
import { toError } from "@drover/errors";
import type { Services } from "./services.ts";

const retryMs = 250;

/** Dispose to give up. */
export function keepQuotaDefaults(services: Services, defaults: QuotaDefaults): AsyncDisposable {
  const stopped = new AbortController();
  const done = save(services, defaults, stopped.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await done;
    },
  };
}

async function save(services: Services, defaults: QuotaDefaults, signal: AbortSignal): Promise<void> {
  using _hold = services.readiness.hold("The default quotas are not saved yet.");
  while (!signal.aborted) {
    try {
      await services.quotas.setDefaults(defaults);
      return;
    } catch (error) {
      services.logger.debug({ err: toError(error) }, "the default quotas could not be saved yet");
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
