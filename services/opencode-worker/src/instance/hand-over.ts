/** Folders that the worker makes and somebody else, the owner of a workspace, works in. */
import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { RetryableFailure } from "@drover/errors";
import { isForeign, isRoot, type WorkspaceOwner } from "./workspace-owner.ts";

const run = promisify(execFile);
const deadlineMs = 60_000;

/**
 * Gives folders to the owner. A worker that may not give folders away opens them instead: their parent is the worker's alone,
 * so that only a container into which they are mounted gets there.
 */
export async function giveTo(owner: WorkspaceOwner, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const { uid, gid } = await lstat(folder);
    if (uid === owner.uid && gid === owner.gid) continue;
    if (isRoot()) {
      // What is in there may be anybody's, links among it; chown walks it without following one.
      const whom = `${owner.uid}:${owner.gid}`;
      await run("chown", ["-R", "-h", "-P", "--", whom, folder], { timeout: deadlineMs });
    } else if (isForeign(owner)) await chmod(folder, 0o777);
  }
}

/** Lets the owner read a folder that stays the worker's. */
export async function letRead(owner: WorkspaceOwner, folder: string): Promise<void> {
  if (isForeign(owner)) await run("chmod", ["-R", "go+rX", "--", folder], { timeout: deadlineMs });
}

/** Empties a folder with no more rights than the one has whose folder it is. */
export async function emptyFolder(owner: WorkspaceOwner, folder: string): Promise<void> {
  if (isRoot() && isForeign(owner)) {
    await giveTo(owner, [folder]);
    const options = { timeout: deadlineMs, cwd: "/", uid: owner.uid, gid: owner.gid };
    await run("find", ["-P", folder, "-mindepth", "1", "-delete"], options).catch(() => undefined);
    return; // what could not be deleted stays
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
}

/**
 * Makes sure that the owner can get to all of these, by opening what lies in the state folder for passing through.
 * @throws RetryableFailure `instance_failed` naming the folder that is closed
 */
export async function requireReach(
  owner: WorkspaceOwner,
  paths: readonly string[],
  stateFolder: string,
): Promise<void> {
  for (const path of paths) {
    for (const folder of foldersAbove(path)) {
      const { uid, gid, mode } = await stat(folder);
      const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
      if ((mode & bit) !== 0) continue;
      if (folder !== stateFolder && !folder.startsWith(join(stateFolder, "/"))) {
        throw new RetryableFailure(
          "instance_failed",
          `The OpenCode instance did not start: user ${owner.uid}, who owns the workspace, may not enter ${folder}.`,
        );
      }
      await chmod(folder, 0o711);
    }
  }
}

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) return folders;
  }
}
