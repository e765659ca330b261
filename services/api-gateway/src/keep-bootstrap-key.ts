/** Makes the configured key a site owner, now or as soon as Redis is there: the gateway starts without waiting for it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiKeys } from "@drover/access";
import { DroverError, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";

const retryMs = 500;

/** Dispose to give up. @param key null: none is configured */
export function keepBootstrapKey(keys: ApiKeys, key: string | null, logger: Logger): AsyncDisposable {
  const stopped = new AbortController();
  const done = key === null ? Promise.resolve() : save(keys, key, logger, stopped.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await done;
    },
  };
}

async function save(keys: ApiKeys, key: string, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const outcome = await keys.ensureBootstrapKey(key);
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
