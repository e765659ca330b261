/** The files that a task names must lie in its workspace, whatever links stand on the way there. */
import { lstat, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PermanentFailure } from "@drover/errors";

/**
 * A file need not exist: then the nearest folder on its way counts, since it would be made there.
 * @param directory the workspace's folder, without symbolic links
 * @param paths relative to it
 * @throws PermanentFailure `workspace_not_allowed`
 */
export async function requireInside(directory: string, paths: readonly string[]): Promise<void> {
  for (const path of new Set(paths)) {
    const real = await nearest(join(directory, path), directory);
    if (real !== directory && !real.startsWith(`${directory}/`))
      throw new PermanentFailure("workspace_not_allowed", `The path ${path} leads out of the workspace.`);
  }
}

/** What is there of a path, with its links followed; empty where a link leads nowhere. */
async function nearest(path: string, directory: string): Promise<string> {
  for (let at = path; at !== directory && at !== dirname(at); at = dirname(at)) {
    const entry = await lstat(at).catch(() => null);
    if (entry !== null) return await realpath(at).catch(() => "");
  }
  return directory;
}
