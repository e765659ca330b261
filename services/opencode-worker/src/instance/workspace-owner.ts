/** As whom an instance works: as the owner of its workspace's folder, so that what it makes is the owner's. */
import { stat } from "node:fs/promises";
import { PermanentFailure } from "@drover/errors";

export interface WorkspaceOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * @param allowRoot whether a folder that root owns may be worked on, as root
 * @throws PermanentFailure `workspace_not_allowed`
 */
export async function workspaceOwner(directory: string, allowRoot: boolean): Promise<WorkspaceOwner> {
  const { uid, gid } = await stat(directory);
  if (uid === 0 && !allowRoot) {
    throw new PermanentFailure(
      "workspace_not_allowed",
      "The workspace's folder belongs to root, and DROVER_OPENCODE_ALLOW_ROOT is false: give the folder to a user.",
    );
  }
  return { uid, gid };
}

/** Whether this process is root, and so may start others as somebody else. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Whether it is another user than this process. */
export function isForeign(owner: WorkspaceOwner): boolean {
  return owner.uid !== process.geteuid?.();
}
