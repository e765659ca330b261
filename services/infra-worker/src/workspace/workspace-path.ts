/** From a task's workspace, and a path in it, to a real path without a way out. */
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { workspaceFolder } from "@drover/agent-kit";
import { PermanentFailure } from "@drover/errors";

export interface WorkspaceReference {
  readonly organizationId: string;
  readonly workspaceId: string | null;
}

/**
 * The real path of the folder of a task's workspace; never made here.
 * @param root the folder of workspaces; undefined where this worker has none
 * @throws PermanentFailure `workspace_not_found`, `workspace_not_allowed`, or `invalid_payload` without a workspace
 */
export async function taskWorkspace(root: string | undefined, task: WorkspaceReference): Promise<string> {
  const { organizationId, workspaceId } = task;
  if (workspaceId === null) {
    throw new PermanentFailure("invalid_payload", "This needs a workspace, and the task names none.");
  }
  if (root === undefined) {
    throw new PermanentFailure("workspace_not_found", "This worker has no folder of workspaces.");
  }
  return await workspaceFolder({ root, create: false }, organizationId, workspaceId);
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
