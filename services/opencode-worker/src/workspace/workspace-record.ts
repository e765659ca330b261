/** What a task changed in its workspace: a snapshot before, a snapshot after, and the difference between the two. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ChangeRecord, WorkspaceChanges } from "./change-record.ts";
import { changedPaths, changesBetween } from "./changed-files.ts";
import { collectArtifacts } from "./collect-artifacts.ts";
import { ShadowRepository } from "./shadow-repository.ts";

/** A stretch of time in which one task was at work: the snapshots from its begin and, once another came, its end. */
const span = z.object({ task_id: z.string(), before: z.string(), after: z.string().nullable() });
type Span = z.infer<typeof span>;

/** A task that comes back after so many others counts from then. */
const spansMax = 64;

export class WorkspaceRecord implements ChangeRecord {
  readonly #shadow: ShadowRepository;
  readonly #baselineFile: string;
  /** Those of the task that was begun. */
  #own: Span[] = [];

  /** @param stateFolder the workspace's state, which lies outside of the workspace */
  constructor(stateFolder: string, workTree: string, searchPath: string) {
    this.#shadow = new ShadowRepository(join(stateFolder, "shadow.git"), workTree, searchPath);
    this.#baselineFile = join(stateFolder, "baseline.json");
  }

  /**
   * The state from before the task's first attempt, so that what a failed attempt left is not lost from the result. Other
   * tasks may have worked here since; what only they changed is no part of it.
   */
  async begin(taskId: string, signal: AbortSignal): Promise<string> {
    const spans = await this.#kept();
    const last = spans.at(-1);
    if (last?.task_id !== taskId || !(await this.#has(last, signal))) {
      const tree = await this.#shadow.snapshot(signal);
      if (last !== undefined) last.after ??= tree;
      spans.push({ task_id: taskId, before: tree, after: null });
      const next = `${this.#baselineFile}.next`;
      await writeFile(next, JSON.stringify(spans.slice(-spansMax)));
      await rename(next, this.#baselineFile);
    }
    this.#own = [];
    for (const span of spans)
      if (span.task_id === taskId && (await this.#has(span, signal))) this.#own.push(span);
    const [first] = this.#own;
    if (first === undefined) throw new Error("the snapshot that was just taken is gone");
    return first.before;
  }

  /** @param before what `begin` answered */
  async changesSince(before: string, signal: AbortSignal): Promise<WorkspaceChanges> {
    const after = await this.#shadow.snapshot(signal);
    const found = await changesBetween(this.#shadow, before, after, signal);
    const own = await this.#ownPaths(after, signal);
    const changes = found.changes.filter(({ file }) => own === null || own.has(file.path));
    const collected = await collectArtifacts(this.#shadow, changes, signal);
    return {
      files: changes.map((change) => change.file),
      artifacts: collected.artifacts,
      truncated: found.truncated || collected.truncated,
    };
  }

  /** What changed while the task was at work; null: nobody else was, so that all is its own. */
  async #ownPaths(now: string, signal: AbortSignal): Promise<ReadonlySet<string> | null> {
    if (this.#own.length <= 1) return null;
    const paths = new Set<string>();
    for (const { before, after } of this.#own)
      for (const path of await changedPaths(this.#shadow, before, after ?? now, signal)) paths.add(path);
    return paths;
  }

  async #has({ before, after }: Span, signal: AbortSignal): Promise<boolean> {
    if (!(await this.#shadow.has(before, signal))) return false;
    return after === null || (await this.#shadow.has(after, signal));
  }

  async #kept(): Promise<Span[]> {
    try {
      return z.array(span).parse(JSON.parse(await readFile(this.#baselineFile, "utf8")));
    } catch {
      return []; // none yet, half written, or in another version's form
    }
  }
}
