/** How an instance's container is made: no privilege, no network, nothing writable but what is the workspace's, and limits. */
import type Docker from "dockerode";
import type { InstanceFolders } from "../instance-folders.ts";
import { type InstanceLimits, mebibyte, openFilesMax } from "../instance-limits.ts";
import type { WorkspaceOwner } from "../workspace-owner.ts";
import { modelSocketFolder, serverCommand, serverSocketFolder } from "./server-command.ts";

/** The labels by which a worker knows its own containers again. */
export const labelNames = {
  /** The state folder of the worker that started it. */
  worker: "drover.opencode.worker",
  /** The run of that worker. */
  owner: "drover.opencode.owner",
  workspace: "drover.workspace",
  organization: "drover.organization",
} as const;

export interface ContainerParts {
  readonly image: string;
  /** A network of the engine, or `none`. */
  readonly network: string;
  readonly limits: InstanceLimits;
  readonly owner: WorkspaceOwner;
  /** The workspace's folder; found at the same path inside. */
  readonly directory: string;
  readonly folders: InstanceFolders;
  /** Further folders that the instance works in, found at the same path inside. */
  readonly furtherFolders: readonly string[];
  readonly serverFolder: string;
  readonly modelFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

const mount = (Source: string, Target = Source, ReadOnly = false) =>
  ({ Type: "bind", Source, Target, ReadOnly }) as const;

export function containerOptions(parts: ContainerParts): Docker.ContainerCreateOptions {
  const { folders, limits, owner } = parts;
  const memoryBytes = limits.memoryMib * mebibyte;
  const own = [parts.directory, folders.home, folders.data, folders.cache, folders.state];
  return {
    Image: parts.image,
    Entrypoint: serverCommand,
    Cmd: [],
    User: `${owner.uid}:${owner.gid}`,
    WorkingDir: "/tmp", // never the workspace: the server reads settings of its runtime from where it starts
    Env: Object.entries(parts.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...parts.labels },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      Init: true, // hands signals on, and takes in what commands leave behind
      AutoRemove: true,
      Privileged: false,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      NetworkMode: parts.network,
      PidsLimit: limits.pids,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: Math.round(limits.cpus * 1e9),
      Ulimits: [
        { Name: "core", Soft: 0, Hard: 0 },
        { Name: "nofile", Soft: openFilesMax, Hard: openFilesMax },
        { Name: "fsize", Soft: limits.fileMib * mebibyte, Hard: limits.fileMib * mebibyte },
      ],
      // OpenCode unpacks libraries there and loads them. What lies there counts as memory.
      Tmpfs: { "/tmp": `rw,exec,nosuid,nodev,mode=1777,size=${Math.ceil(limits.memoryMib / 2)}m` },
      LogConfig: { Type: "none", Config: {} },
      Mounts: [
        ...[...own, ...parts.furtherFolders].map((folder) => mount(folder)),
        mount(folders.config, folders.config, true),
        mount(parts.serverFolder, serverSocketFolder),
        mount(parts.modelFolder, modelSocketFolder, true),
      ],
    },
  };
}
