/**
 * What the worker knows of a task's work tree, in a file beside it. The file is there before the tree and after it, so that
 * whatever a killed worker left is found: a tree counts only where its file says that it is whole.
 */
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { z } from "zod";

const treeRecord = z.object({
  task_id: z.string(),
  /** The workspace's own folder. */
  directory: z.string(),
  branch: z.string(),
  /** The commit that the task began from. */
  base: z.string(),
  /** False while it is being made, or removed. */
  whole: z.boolean(),
});
export type TreeRecord = z.infer<typeof treeRecord>;

/** Null: there is none, or what is there is no record. */
export async function readTreeRecord(file: string): Promise<TreeRecord | null> {
  try {
    return treeRecord.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}

/** Also notes when the tree was used last. */
export async function writeTreeRecord(file: string, record: TreeRecord): Promise<void> {
  await writeFile(`${file}.next`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.next`, file);
}

export async function removeTreeRecord(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** Notes that the tree was used until now. */
export async function touchTreeRecord(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
}

/** When the tree was used last, in milliseconds since the epoch; null: there is no record. */
export async function lastUseMs(file: string): Promise<number | null> {
  return await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
}
