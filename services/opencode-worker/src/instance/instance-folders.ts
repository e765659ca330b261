/**
 * The private folders of an instance: its HOME and XDG directories, beneath the worker's state, never in the workspace.
 * Two servers on one data directory would run the same sessions at once, so each workspace has its own.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { guardPlugin } from "./guard-plugin.ts";
import { emptyFolder, giveTo, letRead } from "./hand-over.ts";
import type { InstanceSpec } from "./instance-runtime.ts";
import type { WorkspaceOwner } from "./workspace-owner.ts";

export interface InstanceFolders {
  readonly root: string;
  readonly home: string;
  readonly config: string;
  readonly data: string;
  readonly cache: string;
  readonly state: string;
  /** Emptied at each start: a server that was killed leaves what it unpacked. */
  readonly temporary: string;
}

/** Where the state of a workspace lies. Names are checked by the contract: no slash, no leading dot. */
export function stateFolder(
  workerFolder: string,
  spec: Pick<InstanceSpec, "organizationId" | "workspaceId">,
) {
  return join(workerFolder, spec.organizationId, spec.workspaceId);
}

/** What Drover plugs into the workspace's server, beneath its state. OpenCode reads it after what a repository brings. */
export function configurationFolder(root: string): string {
  return join(root, "config", "drover");
}

/** Where work trees of a workspace lie. */
export function treesFolder(root: string): string {
  return join(root, "trees");
}

/**
 * Makes the folders and what OpenCode looks for in them.
 * @param owner whom the instance works as. Where that is somebody else than the worker, its config folder stays the worker's,
 *   so that no agent takes the guard away, and nothing is written where an agent could have laid a link
 */
export async function makeInstanceFolders(
  root: string,
  version: string,
  owner: WorkspaceOwner,
): Promise<InstanceFolders> {
  const folders: InstanceFolders = {
    root,
    home: join(root, "home"),
    config: join(root, "config"),
    data: join(root, "data"),
    cache: join(root, "cache"),
    state: join(root, "state"),
    temporary: join(root, "tmp"),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 });
  await emptyFolder(owner, folders.temporary);
  await Promise.all([
    seedPluginPackage(join(folders.config, "opencode"), version),
    seedPluginPackage(configurationFolder(root), version),
    seedGuardPlugin(join(folders.config, "opencode")),
    seedGit(join(folders.config, "git")),
  ]);
  const { home, data, cache, state, temporary } = folders;
  await giveTo(owner, [home, data, cache, state, temporary]);
  await letRead(owner, folders.config);
  return folders;
}

/** OpenCode installs its plugin package into each config folder that does not look installed: no instance may wait for a registry. */
async function seedPluginPackage(folder: string, version: string): Promise<void> {
  const dependencies = { "@opencode-ai/plugin": version };
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await Promise.all([
    writeFile(join(folder, "package.json"), JSON.stringify({ dependencies })),
    // It is written where it is missing, and not being able to fails every request.
    writeFile(join(folder, ".gitignore"), "*\n"),
    writeFile(
      join(folder, "package-lock.json"),
      JSON.stringify({ lockfileVersion: 3, packages: { "": { dependencies } } }),
    ),
  ]);
}

async function seedGuardPlugin(folder: string): Promise<void> {
  await mkdir(join(folder, "plugin"), { recursive: true });
  await writeFile(join(folder, "plugin", "drover-guard.js"), guardPlugin);
}

/** An identity for commits, which the settings of a repository override. */
async function seedGit(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "config"),
    "[user]\n\tname = OpenCode\n\temail = opencode@drover.invalid\n[init]\n\tdefaultBranch = main\n",
  );
}
