/** The key of the first site owner: made once and kept, since the data that know it are kept, too. */
import { randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A new key, `drv_<id>_<secret>`. */
function newKey(): string {
  return `drv_${randomBytes(6).toString("hex")}_${randomBytes(24).toString("hex")}`;
}

/** The key that is kept in `directory`; makes one when there is none. Nobody else may read the file. */
export async function keptKey(directory: string): Promise<string> {
  const file = join(directory, "key");
  const kept = (await readFile(file, "utf8").catch(() => "")).trim();
  if (kept !== "") return kept;
  const key = newKey();
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return key;
}
