/** What a trusted repository brings for OpenCode: whether it has changed, and that no server waits for a registry because of it. */
import { createHash, type Hash } from "node:crypto";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { seedPluginPackage } from "../instance/instance-folders.ts";

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
  const bytes = await readFile(join(directory, path)).catch(() => null);
  if (bytes === null) return;
  const text = /\.jsonc?$/.test(path) ? bytes.toString("utf8").replace(schemaLine, "") : bytes;
  hash
    .update(`${path}\0`)
    .update(typeof text === "string" ? text : text.subarray(0, bytesMax))
    .update("\0");
}

/**
 * Makes the repository's `.opencode` look installed where it needs nothing but OpenCode's own package: else every request would
 * wait for a registry. One with a `package.json` of its own is left as it is.
 * @param version of OpenCode
 */
export async function seedProject(directory: string, version: string): Promise<void> {
  const present = (path: string) =>
    access(join(directory, folder, path)).then(
      () => true,
      () => false,
    );
  if (!(await present("."))) return;
  if ((await present("package.json")) || (await present("node_modules"))) return;
  await seedPluginPackage(join(directory, folder), version);
}
