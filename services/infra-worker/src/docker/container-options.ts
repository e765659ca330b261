/** How a task's container is made: without privileges, without network, within limits. */
import { stat } from "node:fs/promises";
import type { AgentTask } from "@drover/agent-kit";
import type { dockerRunFields } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import type Docker from "dockerode";
import type { z } from "zod";
import { taskWorkspace } from "../workspace/workspace-path.ts";
import { labelNames, ownerLabels } from "./labels.ts";

export type RunFields = z.infer<typeof dockerRunFields>;

export interface ContainerLimits {
  readonly memoryMb: number;
  readonly memoryMbMax: number;
  readonly cpus: number;
  readonly cpusMax: number;
  readonly pids: number;
}

const mebibyte = 1024 * 1024;
/** Where a workspace is found in a container. */
const mountPoint = "/workspace";
/** No task runs for longer, so that a container of that age has been forgotten. */
const attachedLifeMs = 25 * 60 * 60_000;

export async function containerOptions(
  fields: RunFields,
  imageId: string,
  task: AgentTask,
  limits: ContainerLimits,
  workspacesRoot: string | undefined,
): Promise<Docker.ContainerCreateOptions> {
  const memoryBytes = within("memory_mb", fields.memory_mb ?? limits.memoryMb, limits.memoryMbMax) * mebibyte;
  const cpus = within("cpus", fields.cpus ?? limits.cpus, limits.cpusMax);
  const mount = await workspaceMount(fields, task, workspacesRoot);
  const workingDirectory = fields.working_directory ?? mount?.workingDirectory;
  const expires = new Date(Date.now() + attachedLifeMs).toISOString();
  return {
    Image: imageId,
    Env: Object.entries(fields.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    Labels: { ...ownerLabels(task), ...(fields.detach === true ? {} : { [labelNames.expires]: expires }) },
    ...(fields.command === undefined ? {} : { Cmd: fields.command }),
    ...(workingDirectory === undefined ? {} : { WorkingDir: workingDirectory }),
    ...(mount === undefined ? {} : { User: mount.user }),
    HostConfig: {
      Init: true,
      Privileged: false,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      NetworkMode: fields.network ?? "none",
      PidsLimit: limits.pids,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: Math.round(cpus * 1e9),
      LogConfig: { Type: "json-file", Config: { "max-size": "16m", "max-file": "1" } },
      ...(mount === undefined ? {} : { Binds: [mount.bind] }),
    },
  };
}

function within(field: string, value: number, max: number): number {
  if (value <= max) return value;
  throw new PermanentFailure("invalid_payload", `payload.${field} must be at most ${max} on this worker.`);
}

interface WorkspaceMount {
  readonly bind: string;
  /** The owner of the folder: the container acts on its files as that user and as no other. */
  readonly user: string;
  readonly workingDirectory: string;
}

async function workspaceMount(
  fields: RunFields,
  task: AgentTask,
  workspacesRoot: string | undefined,
): Promise<WorkspaceMount | undefined> {
  const access = fields.mount_workspace ?? "none";
  if (access === "none") return undefined;
  const folder = await taskWorkspace(workspacesRoot, task);
  if (folder.includes(":")) {
    throw new PermanentFailure(
      "workspace_not_allowed",
      "A folder with a colon in its path cannot be mounted.",
    );
  }
  const { uid, gid } = await stat(folder);
  return {
    bind: `${folder}:${mountPoint}:${access === "read_only" ? "ro" : "rw"}`,
    user: `${uid}:${gid}`,
    workingDirectory: mountPoint,
  };
}
