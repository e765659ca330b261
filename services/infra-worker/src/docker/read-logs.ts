/** `logs`: the end of what a container printed. */

import type { dockerLogsFields } from "@drover/contracts";
import type { Engine } from "@drover/docker-engine";
import type { z } from "zod";
import type { ActionCall } from "../agent/action-agent.ts";
import { ContainerOutput } from "./container-output.ts";
import { LogFrames } from "./log-frames.ts";
import { ownedContainer } from "./owned-container.ts";

const tailDefault = 200;

export async function readLogs(
  engine: Engine,
  fields: z.infer<typeof dockerLogsFields>,
  { task, signal }: ActionCall,
): Promise<unknown> {
  const { container, info, name } = await ownedContainer(engine, fields.container, task, signal);
  const options = { stdout: true, stderr: true, tail: fields.tail ?? tailDefault };
  const bytes = await engine.call("read the container's output", signal, async (abortSignal) => {
    return await container.logs({ ...options, follow: false, abortSignal });
  });
  using output = new ContainerOutput();
  for (const frame of new LogFrames().push(Buffer.from(bytes))) output.add(frame);
  return {
    container_id: info.Id,
    name,
    running: info.State.Running,
    exit_code: info.State.Running ? null : info.State.ExitCode,
    ...output.collected(),
  };
}
