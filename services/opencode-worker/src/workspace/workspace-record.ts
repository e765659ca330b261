/** What a task changed in its workspace: a snapshot before, a snapshot after, and the difference between the two. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ChangeRecord, WorkspaceChanges } from "./change-record.ts";
import { changesBetween } from "./changed-files.ts";
import { collectArtifacts } from "./collect-artifacts.ts";
import { ShadowRepository } from "./shadow-repository.ts";

const baselineRecord = z.object({ task_id: z.string(), tree: z.string() });

export class WorkspaceRecord implements ChangeRecord {
  readonly #shadow: ShadowRepository;
  readonly #baselineFile: string;

  /** @param stateFolder the workspace's state, which lies outside of the workspace */
  constructor(stateFolder: string, workTree: string, searchPath: string) {
    this.#shadow = new ShadowRepository(join(stateFolder, "shadow.git"), workTree, searchPath);
    this.#baselineFile = join(stateFolder, "baseline.json");
  }

  /**
   * The state from before the task. A further attempt of the task that was here last compares with what its first attempt
   * found, so that what a failed attempt left is not lost from the result.
   */
  async begin(taskId: string, signal: AbortSignal): Promise<string> {
    const last = await this.#lastBaseline();
    if (last?.task_id === taskId && (await this.#shadow.has(last.tree, signal))) return last.tree;
    const tree = await this.#shadow.snapshot(signal);
    const next = `${this.#baselineFile}.next`;
    await writeFile(next, JSON.stringify({ task_id: taskId, tree }));
    await rename(next, this.#baselineFile);
    return tree;
  }

  async changesSince(before: string, signal: AbortSignal): Promise<WorkspaceChanges> {
    const after = await this.#shadow.snapshot(signal);
    const found = await changesBetween(this.#shadow, before, after, signal);
    const collected = await collectArtifacts(this.#shadow, found.changes, signal);
    return {
      files: found.changes.map((change) => change.file),
      artifacts: collected.artifacts,
      truncated: found.truncated || collected.truncated,
    };
  }

  async #lastBaseline(): Promise<z.infer<typeof baselineRecord> | null> {
    try {
      return baselineRecord.parse(JSON.parse(await readFile(this.#baselineFile, "utf8")));
    } catch {
      return null; // none yet, or half written
    }
  }
}
