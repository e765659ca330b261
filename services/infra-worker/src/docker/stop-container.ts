/** `stop`: ends a container, kindly at first, and removes it where that is asked. */

import type { dockerStopFields } from "@drover/contracts";
import { type Engine, removeContainer, statusOf } from "@drover/docker-engine";
import type { z } from "zod";
import type { ActionCall } from "../agent/action-agent.ts";
import { ownedContainer } from "./owned-container.ts";

const graceSecondsDefault = 10;
/** How long the engine may take on top of the grace, in milliseconds. */
const stopDeadlineMs = 30_000;

export async function stopContainer(
  engine: Engine,
  fields: z.infer<typeof dockerStopFields>,
  { task, signal }: ActionCall,
): Promise<unknown> {
  const { container, info, name } = await ownedContainer(engine, fields.container, task, signal);
  const graceSeconds = fields.grace_seconds ?? graceSecondsDefault;
  const stop = async (abortSignal: AbortSignal) => {
    try {
      await container.stop({ t: graceSeconds, abortSignal });
    } catch (error) {
      if (statusOf(error) !== 304) throw error; // 304: it has ended already
    }
    return await container.inspect({ abortSignal });
  };
  const ended = await engine.call("stop the container", signal, stop, graceSeconds * 1000 + stopDeadlineMs);
  if (fields.remove === true) await removeContainer(engine, info.Id, signal);
  return {
    container_id: info.Id,
    name,
    exit_code: ended.State.ExitCode,
    removed: fields.remove === true,
  };
}
