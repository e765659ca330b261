/**
 * Makes the configured key a site owner, as soon as Redis is there: the gateway starts without waiting for it, and is not ready
 * before.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { DroverError, toError } from "@drover/errors";
import type { Services } from "./services.ts";

const retryMs = 100;

/** Dispose to give up. @param key null: none is configured */
export function keepBootstrapKey(services: Services, key: string | null): AsyncDisposable {
  const stopped = new AbortController();
  if (key === null)
    services.logger.warn("DROVER_BOOTSTRAP_KEY is not set: only keys that exist already are taken");
  const done = key === null ? Promise.resolve() : save(services, key, stopped.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await done;
    },
  };
}

async function save(services: Services, key: string, signal: AbortSignal): Promise<void> {
  const { authentication, logger, readiness } = services;
  using _hold = readiness.hold("The bootstrap key is not saved yet.");
  while (!signal.aborted) {
    try {
      const outcome = await authentication.keys.ensureBootstrapKey(key);
      if (outcome === "revoked")
        logger.warn("the bootstrap key was revoked through the API and stays revoked");
      else logger.debug({ outcome }, "the bootstrap key is in place");
      return;
    } catch (error) {
      if (!(error instanceof DroverError) || error.code !== "redis_unavailable") {
        logger.error({ err: toError(error) }, "the bootstrap key could not be saved");
        return;
      }
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
