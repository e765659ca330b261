/**
 * The work tree of one task: its files, its branch, and what came of the task there. The agent may use git in it as it likes;
 * the worker records the files by itself, commits what the agent has not, and says what the branch merges with.
 */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { giveTo, requireReach } from "../instance/hand-over.ts";
import { treesFolder } from "../instance/instance-folders.ts";
import { isRoot } from "../instance/workspace-owner.ts";
import type { TreeOutput, WorkspaceChanges } from "../workspace/change-record.ts";
import { changesBetween } from "../workspace/changed-files.ts";
import { collectArtifacts } from "../workspace/collect-artifacts.ts";
import { ShadowRepository } from "../workspace/shadow-repository.ts";
import { type MergeVerdict, mergeVerdict } from "./merge-verdict.ts";
import { removeFolder } from "./remove-folder.ts";
import {
  readTreeRecord,
  removeTreeRecord,
  type TreeRecord,
  touchTreeRecord,
  writeTreeRecord,
} from "./tree-record.ts";
import type { WorkspaceRepository } from "./workspace-repository.ts";

/** Out of reach of whoever works in the trees. */
export function recordsFolder(stateFolder: string): string {
  return join(stateFolder, "tree-records");
}

/** Other branches that a result is compared with. */
const comparedMax = 50;
/** Beneath it lie the branches of all tasks. */
export const branchFolder = "drover";

export interface WorkTreeParts {
  readonly repository: WorkspaceRepository;
  readonly taskId: string;
  /** Where the worker's state of the workspace lies; never inside of it. */
  readonly stateFolder: string;
  /** The worker's own folder, beneath which that is. */
  readonly workerFolder: string;
  readonly searchPath: string;
}

export class WorkTree {
  /** Absolute. */
  readonly directory: string;
  readonly branch: string;
  readonly #parts: WorkTreeParts;
  readonly #recordFolder: string;
  readonly #recordFile: string;
  #base = "";

  constructor(parts: WorkTreeParts) {
    this.#parts = parts;
    this.directory = join(treesFolder(parts.stateFolder), parts.taskId);
    this.branch = `${branchFolder}/${parts.taskId}`;
    const record = join(recordsFolder(parts.stateFolder), parts.taskId);
    this.#recordFolder = `${record}.git`;
    this.#recordFile = `${record}.json`;
  }

  /** The tree as an earlier start of the task left it, or a new one. Nothing else may make or remove trees of the workspace meanwhile. */
  async prepare(signal: AbortSignal): Promise<void> {
    const known = await readTreeRecord(this.#recordFile);
    if (known !== null && (await this.#isWhole(known, signal))) {
      this.#base = known.base;
      await touchTreeRecord(this.#recordFile);
      return;
    }
    await this.#make(known, signal);
  }

  async #isWhole(known: TreeRecord, signal: AbortSignal): Promise<boolean> {
    const { repository, taskId } = this.#parts;
    if (!known.whole || known.directory !== repository.directory) return false;
    const folder = await stat(join(this.directory, ".git")).catch(() => null);
    return folder !== null && (await repository.headOfTree(taskId, signal)) !== null;
  }

  /** Goes on from the branch where another worker made it, and from the workspace's HEAD where nobody has. */
  async #make(known: TreeRecord | null, signal: AbortSignal): Promise<void> {
    const { repository, workerFolder } = this.#parts;
    const head = await repository.head(signal);
    const tip = await repository.commitOf(`refs/heads/${this.branch}`, signal);
    const parted = tip === null ? null : await repository.mergeBase(head, tip, signal);
    const base = known?.base ?? parted ?? head;
    await this.#note(base, false);
    await this.#clear();
    await mkdir(this.directory, { recursive: true });
    if (isRoot()) await requireReach(repository.owner, [join(this.directory, ".git")], workerFolder);
    await giveTo(repository.owner, [this.directory]);
    await repository.addTree(this.directory, this.branch, tip === null ? base : null, signal);
    this.#base = base;
    const record = this.#record(tip ?? base);
    await record.checkOut(signal);
    const written = await readdir(this.directory);
    await giveTo(
      repository.owner,
      written.map((name) => join(this.directory, name)),
    );
    await this.#note(base, true);
  }

  /** What the tree held at the beginning. */
  async begin(_taskId: string, _signal: AbortSignal): Promise<string> {
    return this.#base;
  }

  /** Commits what is in the tree to its branch, and tells what that changed and merges with. */
  async changesSince(base: string, signal: AbortSignal): Promise<WorkspaceChanges> {
    const { repository, taskId } = this.#parts;
    const parent = (await repository.headOfTree(taskId, signal)) ?? base;
    const record = this.#record(parent);
    const files = await record.snapshot(signal);
    const commit = await this.#commit(record, files, parent, signal);
    const found = await changesBetween(record, base, files, signal);
    const collected = await collectArtifacts(record, found.changes, signal);
    const tree = commit === base ? this.#unchanged(base) : await this.#verdict(record, base, commit, signal);
    return {
      files: found.changes.map((change) => change.file),
      artifacts: collected.artifacts,
      truncated: found.truncated || collected.truncated,
      tree,
    };
  }

  /** @returns the commit at which the branch stands now */
  async #commit(
    record: ShadowRepository,
    files: string,
    parent: string,
    signal: AbortSignal,
  ): Promise<string> {
    const { repository, taskId } = this.#parts;
    const { stdout } = await record.git(["rev-parse", "--verify", `${parent}^{tree}`], { signal });
    let commit = parent;
    if (stdout.toString().trim() !== files) {
      const input = `Work of ${taskId}\n`;
      const made = await record.git(["commit-tree", files, "-p", parent], { input, signal });
      commit = made.stdout.toString().trim();
      const pack = await record.git(["pack-objects", "--revs", "--stdout", "-q"], {
        input: `${commit}\n^${parent}\n`,
        signal,
      });
      await repository.takeIn(pack.stdout, signal);
    }
    const tip = await repository.commitOf(`refs/heads/${this.branch}`, signal);
    if (tip !== commit) await repository.setBranch(this.branch, commit, tip, signal);
    return commit;
  }

  #unchanged(base: string): TreeOutput {
    return { base, merge: { clean: true, conflicts: [] }, conflicts_with: [] };
  }

  async #verdict(
    record: ShadowRepository,
    base: string,
    commit: string,
    signal: AbortSignal,
  ): Promise<TreeOutput> {
    const { repository } = this.#parts;
    const head = (await repository.commitOf("HEAD", signal)) ?? base;
    const merge: MergeVerdict = await mergeVerdict(record, head, commit, signal);
    const unmerged = await repository.unmerged(branchFolder, head, comparedMax + 1, signal);
    const others = unmerged.filter(({ branch }) => branch !== this.branch).slice(0, comparedMax);
    const conflicting: string[] = [];
    for (const other of others) {
      if (!(await mergeVerdict(record, other.commit, commit, signal)).clean) conflicting.push(other.branch);
    }
    return { branch: this.branch, base, merge, conflicts_with: conflicting };
  }

  /** Leaves the tree for a further start of the task. */
  async leave(): Promise<void> {
    await touchTreeRecord(this.#recordFile);
  }

  /** Removes the tree; its branch stays where it holds a commit. Nothing else may make or remove trees of the workspace meanwhile. */
  async remove(signal: AbortSignal): Promise<void> {
    const { repository } = this.#parts;
    const known = await readTreeRecord(this.#recordFile);
    if (known !== null) await this.#note(known.base, false);
    await this.#clear();
    const tip = await repository.commitOf(`refs/heads/${this.branch}`, signal);
    if (tip !== null && tip === known?.base) await repository.deleteBranch(this.branch, tip, signal);
    await removeTreeRecord(this.#recordFile);
  }

  async #clear(): Promise<void> {
    await removeFolder(this.directory);
    await this.#parts.repository.forgetTree(this.#parts.taskId);
    await rm(this.#recordFolder, { recursive: true, force: true });
  }

  async #note(base: string, whole: boolean): Promise<void> {
    const { taskId, repository, stateFolder } = this.#parts;
    const { directory } = repository;
    await mkdir(recordsFolder(stateFolder), { recursive: true, mode: 0o700 });
    await writeTreeRecord(this.#recordFile, { task_id: taskId, directory, branch: this.branch, base, whole });
  }

  #record(commit: string): ShadowRepository {
    const { repository, searchPath } = this.#parts;
    const { objectsFolder } = repository;
    return new ShadowRepository(this.#recordFolder, this.directory, searchPath, { objectsFolder, commit });
  }
}
