/** `inspect`: a chosen part of what the engine knows of a container; no environment, no paths of the host. */

import type { dockerInspectFields } from "@drover/contracts";
import type { Engine } from "@drover/docker-engine";
import type { z } from "zod";
import type { ActionCall } from "../agent/action-agent.ts";
import { labelNames } from "./labels.ts";
import { ownedContainer } from "./owned-container.ts";

const mebibyte = 1024 * 1024;

export async function inspectContainer(
  engine: Engine,
  fields: z.infer<typeof dockerInspectFields>,
  { task, signal }: ActionCall,
): Promise<unknown> {
  const { info, name } = await ownedContainer(engine, fields.container, task, signal);
  const { State: state, Config: config, HostConfig: host } = info;
  return {
    container_id: info.Id,
    name,
    task_id: config.Labels[labelNames.task],
    workspace_id: config.Labels[labelNames.workspace] ?? null,
    image_id: info.Image,
    command: [info.Path, ...info.Args],
    working_directory: config.WorkingDir,
    user: config.User,
    created_at: info.Created,
    state: {
      status: state.Status,
      running: state.Running,
      exit_code: state.Running ? null : state.ExitCode,
      out_of_memory: state.OOMKilled,
      started_at: state.StartedAt,
      finished_at: state.Running ? null : state.FinishedAt,
    },
    network: host.NetworkMode ?? null,
    limits: {
      memory_mb: (host.Memory ?? 0) / mebibyte,
      cpus: (host.NanoCpus ?? 0) / 1e9,
      pids: host.PidsLimit ?? null,
    },
    mounts: info.Mounts.map(({ Destination, RW }) => ({ path: Destination, writable: RW })),
  };
}
