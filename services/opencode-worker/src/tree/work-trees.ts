/**
 * The work trees of one worker: made for tasks that run beside others in their workspace, kept for further starts of a task
 * that failed or waits, and removed when it is done, or some time after it has ended in another way.
 */
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { CapacityFailure, PermanentFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { treesFolder } from "../instance/instance-folders.ts";
import { worktreesUnserved } from "./git-version.ts";
import { removeFolder } from "./remove-folder.ts";
import { lastUseMs, readTreeRecord } from "./tree-record.ts";
import { recordsFolder, WorkTree } from "./work-tree.ts";
import { WorkspaceRepository } from "./workspace-repository.ts";

export interface WorkTreesOptions {
  /** Holds a folder for each organization, and in it one for each workspace. */
  readonly workerFolder: string;
  /** Where the state of a workspace lies, beneath that. */
  readonly stateFolder: (organizationId: string, workspaceId: string) => string;
  readonly searchPath: string;
  /** Trees of one workspace that are in use at once. */
  readonly most: number;
  /** How long the tree of a task that has ended without success is kept, in milliseconds. */
  readonly keptMs: number;
  /** Whether the task has ended, or is known to nobody. */
  readonly ended: (taskId: string) => Promise<boolean>;
  readonly logger: Logger;
}

export interface TreeRequest {
  readonly taskId: string;
  readonly organizationId: string;
  readonly workspaceId: string;
  /** The workspace's own folder. */
  readonly directory: string;
}

/** The sole use of a tree, until it is given back. */
export interface TreeUse {
  readonly tree: WorkTree;
  /** Never rejects. @param done the branch says it all: the tree may go */
  giveBack(done: boolean): Promise<void>;
}

const busyRetryMs = 2_000;
const sweepEveryMs = 3_600_000;
const removeDeadlineMs = 120_000;

export class WorkTrees implements AsyncDisposable {
  readonly #options: WorkTreesOptions;
  readonly #unserved: Promise<string | null>;
  /** By task: the workspace's folder. */
  readonly #inUse = new Map<string, string>();
  /** By the workspace's folder: fulfilled when whoever makes or removes a tree there is done. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<number>;

  /** Begins with a sweep: an earlier worker may have left trees. */
  constructor(options: WorkTreesOptions) {
    this.#options = options;
    this.#unserved = worktreesUnserved(options.searchPath);
    this.#sweeping = this.#sweep();
    this.#timer = setInterval(() => void this.sweep(), sweepEveryMs);
    this.#timer.unref();
  }

  /**
   * @throws PermanentFailure `isolation_not_supported` where git is too old, `not_a_repository` where the workspace has none
   * @throws CapacityFailure `no_free_slot` when as many trees of the workspace as may be are in use
   */
  async open(request: TreeRequest, signal: AbortSignal): Promise<TreeUse> {
    const { taskId, directory } = request;
    const unserved = await this.#unserved;
    if (unserved !== null) throw new PermanentFailure("isolation_not_supported", unserved);
    this.#use(taskId, directory);
    try {
      const tree = await this.#treeOf(request);
      await this.#inTurn(directory, () => tree.prepare(signal));
      return { tree, giveBack: (done) => this.#giveBack(tree, taskId, directory, done) };
    } catch (error) {
      this.#inUse.delete(taskId);
      throw error;
    }
  }

  #use(taskId: string, directory: string): void {
    const used = [...this.#inUse.values()].filter((folder) => folder === directory).length;
    if (this.#inUse.has(taskId) || used >= this.#options.most) {
      const message = `${used} of ${this.#options.most} work trees of this workspace are in use on this worker.`;
      throw new CapacityFailure("no_free_slot", message, { retryAfterMs: busyRetryMs });
    }
    this.#inUse.set(taskId, directory);
  }

  async #treeOf({ taskId, organizationId, workspaceId, directory }: TreeRequest): Promise<WorkTree> {
    const { searchPath, workerFolder } = this.#options;
    const repository = await WorkspaceRepository.open(directory, searchPath);
    const stateFolder = this.#options.stateFolder(organizationId, workspaceId);
    return new WorkTree({ repository, taskId, stateFolder, workerFolder, searchPath });
  }

  async #giveBack(tree: WorkTree, taskId: string, directory: string, done: boolean): Promise<void> {
    if (!this.#inUse.has(taskId)) return;
    try {
      if (done) await this.#inTurn(directory, () => tree.remove(AbortSignal.timeout(removeDeadlineMs)));
      else await tree.leave();
    } catch (error) {
      // The next sweep tries again.
      this.#options.logger.warn({ err: toError(error), task_id: taskId }, "a work tree was not removed");
    } finally {
      this.#inUse.delete(taskId);
    }
  }

  /** Removes the trees whose time is over. @returns how many; never rejects */
  async sweep(): Promise<number> {
    this.#sweeping = this.#sweeping.then(() => this.#sweep());
    return await this.#sweeping;
  }

  async #sweep(): Promise<number> {
    let removed = 0;
    for await (const { stateFolder, taskId } of this.#found()) {
      if (this.#closing.signal.aborted) break;
      try {
        if (await this.#sweepOne(stateFolder, taskId)) removed += 1;
      } catch (error) {
        this.#options.logger.warn({ err: toError(error), task_id: taskId }, "a work tree could not be swept");
      }
    }
    return removed;
  }

  /** Every tree, whole or not, by its record. */
  async *#found(): AsyncIterable<{ stateFolder: string; taskId: string }> {
    const { workerFolder } = this.#options;
    for (const organization of await foldersIn(workerFolder)) {
      for (const workspace of await foldersIn(join(workerFolder, organization))) {
        const stateFolder = join(workerFolder, organization, workspace);
        const files = await readdir(recordsFolder(stateFolder)).catch(() => []);
        for (const file of files)
          if (file.endsWith(".json")) yield { stateFolder, taskId: basename(file, ".json") };
      }
    }
  }

  async #sweepOne(stateFolder: string, taskId: string): Promise<boolean> {
    const { keptMs, ended, searchPath, workerFolder, logger } = this.#options;
    const file = join(recordsFolder(stateFolder), `${taskId}.json`);
    const usedMs = await lastUseMs(file);
    if (usedMs === null || this.#inUse.has(taskId) || usedMs + keptMs > Date.now()) return false;
    if (!(await ended(taskId)) || this.#inUse.has(taskId)) return false;
    const record = await readTreeRecord(file);
    const directory = record?.directory ?? stateFolder;
    await this.#inTurn(directory, async () => {
      if (this.#inUse.has(taskId)) return;
      const repository = await WorkspaceRepository.open(directory, searchPath).catch(() => null);
      if (repository === null) return await removeLeftovers(stateFolder, taskId);
      const tree = new WorkTree({ repository, taskId, stateFolder, workerFolder, searchPath });
      await tree.remove(AbortSignal.timeout(removeDeadlineMs));
    });
    logger.info({ task_id: taskId }, "the work tree of a task that has ended was removed");
    return true;
  }

  /** One after another for each workspace: git's own locks are no queue. */
  async #inTurn<T>(directory: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(directory) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#turns.set(directory, settled);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(directory) === settled) this.#turns.delete(directory);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    await this.#sweeping;
    await Promise.all(this.#turns.values());
  }
}

/** The workspace is gone, and its repository with it. */
async function removeLeftovers(stateFolder: string, taskId: string): Promise<void> {
  await removeFolder(join(treesFolder(stateFolder), taskId));
  for (const end of [".git", ".json"])
    await rm(join(recordsFolder(stateFolder), `${taskId}${end}`), { recursive: true, force: true });
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
