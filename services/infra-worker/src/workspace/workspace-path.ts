/** From the name of a workspace, and a path in it, to a real path without a way out. */
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { PermanentFailure } from "@drover/errors";

const defaultOrganization = "default";

export interface WorkspaceReference {
  readonly organizationId: string;
  readonly workspaceId: string | null;
}

/**
 * The real path of the workspace's folder. The default organization's lie in the root itself, those of another beneath
 * `@<organization>`, which no workspace can be called.
 * @param root the folder of workspaces; undefined where this worker has none
 * @throws PermanentFailure `workspace_not_found`, `workspace_not_allowed`, or `invalid_payload` without a workspace
 */
export async function workspaceFolder(
  root: string | undefined,
  { organizationId, workspaceId }: WorkspaceReference,
): Promise<string> {
  if (workspaceId === null) {
    throw new PermanentFailure("invalid_payload", "This needs a workspace, and the task names none.");
  }
  const realRoot = root === undefined ? null : await realpath(root).catch(() => null);
  if (realRoot === null) throw notFound(workspaceId);
  const parent = organizationId === defaultOrganization ? realRoot : join(realRoot, `@${organizationId}`);
  const path = join(parent, workspaceId);
  const real = await realpath(path).catch(() => null);
  if (real === null || !(await stat(real)).isDirectory()) throw notFound(workspaceId);
  if (real !== path) {
    throw new PermanentFailure(
      "workspace_not_allowed",
      `The folder of workspace ${workspaceId} leads elsewhere.`,
    );
  }
  return real;
}

/** The real path of a folder inside a workspace; `path` is relative to the workspace. */
export async function workspaceSubfolder(folder: string, path: string): Promise<string> {
  const real = await realpath(join(folder, path)).catch(() => null);
  if (real !== null && real !== folder && !real.startsWith(folder + sep)) {
    throw new PermanentFailure("workspace_not_allowed", `The path ${path} leaves the workspace.`);
  }
  if (real === null || !(await stat(real)).isDirectory()) {
    throw new PermanentFailure("workspace_not_found", `The workspace has no folder ${path}.`);
  }
  return real;
}

function notFound(workspaceId: string): PermanentFailure {
  return new PermanentFailure(
    "workspace_not_found",
    `Workspace ${workspaceId} has no folder on this worker.`,
  );
}
