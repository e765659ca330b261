/**
 * From the name of a workspace to its folder, without a way out of the folder of workspaces. Every agent that works on
 * files goes through here, so that all of them mean the same folder.
 */
import { lstat, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { PermanentFailure } from "@drover/errors";

export interface WorkspaceFolders {
  /** Holds one folder for each workspace. */
  readonly root: string;
  /** Whether a missing folder whose name starts with `ws-` is made. */
  readonly create: boolean;
}

const defaultOrganization = "default";
const madeOnFirstUse = /^ws-/;

/**
 * The absolute path of the workspace's folder. The default organization's lie in the root itself; those of another beneath
 * `@<organization>`, which no workspace can be called, so that equal names of two organizations never share files.
 * @throws PermanentFailure `workspace_not_found` or `workspace_not_allowed`
 */
export async function workspaceFolder(
  folders: WorkspaceFolders,
  organizationId: string,
  workspaceId: string,
): Promise<string> {
  const create = folders.create && madeOnFirstUse.test(workspaceId);
  if (create) await mkdir(folders.root, { recursive: true });
  const root = await realpath(folders.root).catch(() => null);
  if (root === null) throw notFound(workspaceId);
  const parent = organizationId === defaultOrganization ? root : join(root, `@${organizationId}`);
  const path = join(parent, workspaceId);
  if (create) {
    await mkdir(path, { recursive: true }).catch((error: unknown) => {
      throw new PermanentFailure("workspace_not_found", "The folder of the workspace cannot be made.", {
        cause: error,
      });
    });
  }
  const entry = await lstat(path).catch(() => null);
  if (entry === null) throw notFound(workspaceId);
  if ((await realpath(path)) !== path) {
    throw new PermanentFailure(
      "workspace_not_allowed",
      `The folder of workspace ${workspaceId} leads elsewhere.`,
    );
  }
  if (!entry.isDirectory()) throw notFound(workspaceId);
  return path;
}

function notFound(workspaceId: string): PermanentFailure {
  return new PermanentFailure(
    "workspace_not_found",
    `Workspace ${workspaceId} has no folder on this worker.`,
  );
}
