/** What a trusted repository brings for OpenCode: whether it has changed, and that no server waits for a registry because of it. */

import { execFile } from "node:child_process";
import { createHash, type Hash } from "node:crypto";
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { isRoot } from "../instance/workspace-owner.ts";

const run = promisify(execFile);
const seedDeadlineMs = 10_000;

const settingsFiles = ["opencode.json", "opencode.jsonc"];
const folder = ".opencode";
/** OpenCode writes these itself. */
const ignored = new Set(["node_modules", "package.json", "package-lock.json", "bun.lock", ".gitignore"]);
const filesMax = 2_000;
const bytesMax = 1024 * 1024;
/** OpenCode adds it to a file that lacks it. */
const schemaLine = /"\$schema"\s*:\s*"[^"]*"\s*,?|\s+/g;

/** Another text whenever the settings or the files of `.opencode` are others. */
export async function projectFingerprint(directory: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of settingsFiles) await addFile(hash, directory, name);
  const entries = await readdir(join(directory, folder), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((path) => !path.split("/").some((part) => ignored.has(part)))
    .sort()
    .slice(0, filesMax);
  for (const path of files) await addFile(hash, directory, path);
  return hash.digest("hex");
}

async function addFile(hash: Hash, directory: string, path: string): Promise<void> {
  // A pipe would never end, and a link may lead anywhere.
  const entry = await lstat(join(directory, path)).catch(() => null);
  if (entry === null) return;
  if (!entry.isFile() || entry.size > bytesMax) {
    hash.update(`${path}\0${entry.size} ${entry.mtimeMs}\0`);
    return;
  }
  const bytes = await readFile(join(directory, path)).catch(() => Buffer.of());
  const text = /\.jsonc?$/.test(path) ? bytes.toString("utf8").replace(schemaLine, "") : bytes;
  hash.update(`${path}\0`).update(text).update("\0");
}

/** Run as the owner of the folder, whatever the worker is: a link that lies there leads no further than its owner may go. */
const seedScript = `cd "$1" 2>/dev/null || exit 0
if [ -e package.json ] || [ -e node_modules ]; then exit 0; fi
mkdir node_modules && printf %s "$2" > package.json && printf %s "$3" > package-lock.json`;
const dependencies = { "@opencode-ai/plugin": "*" };

/**
 * Makes the repository's `.opencode` look installed where it needs nothing but OpenCode's own package: else every request would
 * wait for a registry. One with a `package.json` of its own is left as it is.
 */
export async function seedProject(directory: string, logger: Logger): Promise<void> {
  const { uid, gid } = await stat(directory);
  const files = [{ dependencies }, { lockfileVersion: 3, packages: { "": { dependencies } } }];
  const args = [join(directory, folder), ...files.map((file) => JSON.stringify(file))];
  const options = { cwd: "/", timeout: seedDeadlineMs, ...(isRoot() ? { uid, gid } : {}) };
  await run("sh", ["-c", seedScript, "sh", ...args], options).catch((error: unknown) => {
    logger.warn(
      { err: toError(error), directory },
      "a repository's .opencode may make its server wait for npm",
    );
  });
}
