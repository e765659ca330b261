/**
 * What a stack makes once and keeps, since the data that need it are kept, too: the key of the first site owner, and the
 * master key that secrets are sealed with.
 */
import { randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A new key, `drv_<id>_<secret>`. */
function newKey(): string {
  return `drv_${randomBytes(6).toString("hex")}_${randomBytes(24).toString("hex")}`;
}

/** The key that is kept in `directory`; makes one when there is none. Nobody else may read the file. */
export function keptKey(directory: string): Promise<string> {
  return kept(join(directory, "key"), newKey);
}

/** The master key that is kept in `directory`, in the same way: base64 of 32 bytes. */
export function keptMasterKey(directory: string): Promise<string> {
  return kept(join(directory, "master-key"), () => randomBytes(32).toString("base64"));
}

async function kept(file: string, make: () => string): Promise<string> {
  const standing = (await readFile(file, "utf8").catch(() => "")).trim();
  if (standing !== "") return standing;
  const made = make();
  await writeFile(file, `${made}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return made;
}
