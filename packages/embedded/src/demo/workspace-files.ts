/** The files that are really in a workspace, read from the disk. */
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";

export interface WorkspaceFile {
  /** Relative to the workspace. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** Sorted by path; without what git keeps. Empty when the workspace has no folder. */
export async function listWorkspaceFiles(directory: string): Promise<WorkspaceFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split("/").includes(".git"));
  const files = paths
    .sort()
    .map(async (path) => ({ path, sizeBytes: (await stat(join(directory, path))).size }));
  return await Promise.all(files);
}
