/** Removing a container, which two may do at once. */
import { statusOf } from "./docker-failure.ts";
import type { Engine } from "./engine.ts";

/** Kills the container if need be and removes it with its anonymous volumes; one that is gone is fine. */
export async function removeContainer(engine: Engine, idOrName: string, signal: AbortSignal): Promise<void> {
  await engine.call("remove the container", signal, async (abortSignal) => {
    try {
      await engine.docker.getContainer(idOrName).remove({ force: true, v: true, abortSignal });
    } catch (error) {
      const status = statusOf(error);
      if (status !== 404 && status !== 409) throw error; // 409: somebody else is removing it
    }
  });
}
