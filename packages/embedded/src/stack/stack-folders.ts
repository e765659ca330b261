/** The folders of a stack: those of `npm start` stay, those of a demo or a test go with it. */
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { guardScratch, releaseScratch } from "@drover/processes";
import type { Closers } from "../supervision/closers.ts";

export interface StackFolders {
  readonly root: string;
  readonly redis: string;
  readonly logs: string;
  /** What the opencode-worker keeps. */
  readonly state: string;
  readonly workspaces: string;
}

export interface FolderOptions {
  /** Absent: a scratch directory, removed at the end. */
  readonly stateDirectory?: string | undefined;
  /** Absent: within the state directory. */
  readonly workspacesDirectory?: string | undefined;
}

export async function makeFolders(options: FolderOptions, closers: Closers): Promise<StackFolders> {
  const root =
    options.stateDirectory === undefined ? await scratch(closers) : resolve(options.stateDirectory);
  const folders: StackFolders = {
    root,
    redis: join(root, "redis"),
    logs: join(root, "logs"),
    state: join(root, "state"),
    workspaces: resolve(options.workspacesDirectory ?? join(root, "workspaces")),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 });
  return folders;
}

async function scratch(closers: Closers): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "drover-stack-"));
  guardScratch(directory);
  closers.add(async () => {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    releaseScratch(directory);
  });
  return directory;
}

/** The logs of the run before, once: `x.log` becomes `x.log.1`. */
export async function keepFormerLogs(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(".log")) await rename(join(folder, name), join(folder, `${name}.1`));
  }
}
