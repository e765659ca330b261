/**
 * The git repository of a workspace, as the worker touches it: it reads commits, makes work trees beside the workspace, and
 * writes branches of its own. Whoever works in the workspace can write to the repository, its config and its hooks, so none
 * of what is done here reads files through it (see run-git.ts); that is left to a record of the worker's own.
 */
import { lstat, realpath, rm } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PermanentFailure, toError } from "@drover/errors";
import { isForeign, isRoot, type WorkspaceOwner, workspaceOwner } from "../instance/workspace-owner.ts";
import { type GitAnswer, type GitOptions, type GitPlace, runGit } from "../workspace/run-git.ts";

/** A ref is locked for moments; that of another worker's work tree, too. */
const triesMax = 6;
const pauseMs = 150;
const contended = /\.lock'|cannot lock ref|File exists|could not lock/i;
const commitId = /^[0-9a-f]{40}$/;

export class WorkspaceRepository {
  readonly directory: string;
  /** Its `.git`. */
  readonly gitFolder: string;
  /** Whose the workspace is. */
  readonly owner: WorkspaceOwner;
  readonly #searchPath: string;

  private constructor(directory: string, owner: WorkspaceOwner, searchPath: string) {
    this.directory = directory;
    this.gitFolder = join(directory, ".git");
    this.owner = owner;
    this.#searchPath = searchPath;
  }

  /**
   * @param directory the workspace's folder, absolute and without symbolic links
   * @throws PermanentFailure `not_a_repository` where it has no repository of its own
   */
  static async open(directory: string, searchPath: string): Promise<WorkspaceRepository> {
    const repository = new WorkspaceRepository(directory, await workspaceOwner(directory, true), searchPath);
    const entry = await lstat(repository.gitFolder).catch(() => null);
    if (entry === null)
      throw refused("is no git repository. Make it one (`git init`, and a first commit), or use");
    if (!entry.isDirectory()) throw refused("keeps its git repository elsewhere. Use");
    for (const part of ["objects", "refs", "refs/heads", "refs/heads/drover", "worktrees"]) {
      const path = join(repository.gitFolder, part);
      const real = await realpath(path).catch(() => path); // not there yet
      if (real !== path) throw refused("has a git repository whose parts lie elsewhere. Use");
    }
    return repository;
  }

  get objectsFolder(): string {
    return join(this.gitFolder, "objects");
  }

  /** Where git keeps what it knows of a work tree. */
  adminFolder(name: string): string {
    const path = join(this.gitFolder, "worktrees", name);
    if (!path.startsWith(join(this.gitFolder, "worktrees") + sep) || name.includes(sep))
      throw new Error("this is no name of a work tree");
    return path;
  }

  /** @throws PermanentFailure `not_a_repository` where there is none yet */
  async head(signal: AbortSignal): Promise<string> {
    const head = await this.commitOf("HEAD", signal).catch((error: unknown) => {
      if (!/not a git repository/i.test(toError(error).message)) throw error;
      throw refused("has a folder .git that is no git repository. Mend it, or use");
    });
    if (head === null) throw refused("has a git repository without a commit. Make a first one, or use");
    if (!commitId.test(head)) throw refused("has a git repository with SHA-256 names. Use");
    return head;
  }

  /** The commit that a name stands for; null: there is none. */
  async commitOf(name: string, signal: AbortSignal): Promise<string | null> {
    const args = ["rev-parse", "--verify", "--quiet", `${name}^{commit}`];
    const { code, stdout } = await this.#git(args, { codes: [1], signal });
    return code === 0 ? stdout.toString().trim() : null;
  }

  /** What a work tree stands at, whichever branch is checked out there; null: nothing that is a commit. */
  async headOfTree(name: string, signal: AbortSignal): Promise<string | null> {
    const place = this.#place(this.adminFolder(name));
    const args = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
    const answer = await runGit(place, args, { codes: [1, 128], signal });
    const head = answer.stdout.toString().trim();
    return answer.code === 0 && commitId.test(head) ? head : null;
  }

  /** Where two histories part; null: nowhere. */
  async mergeBase(one: string, other: string, signal: AbortSignal): Promise<string | null> {
    const { code, stdout } = await this.#git(["merge-base", one, other], { codes: [1], signal });
    return code === 0 ? stdout.toString().trim() : null;
  }

  /**
   * Makes an empty work tree, which git's own upkeep leaves alone until it is removed. What git knows of its files begins with
   * those of the commit; nothing is written yet.
   * @param path of an empty folder
   * @param from a commit for a new branch; null: the branch is there already
   */
  async addTree(path: string, branch: string, from: string | null, signal: AbortSignal): Promise<void> {
    const how = ["worktree", "add", "--quiet", "--no-checkout", "--lock", "--reason", "a task of Drover"];
    const what = from === null ? ["--force", path, branch] : ["--no-track", "-b", branch, path, from];
    await this.#git([...how, ...what], { signal });
    await runGit(this.#place(this.adminFolder(basename(path))), ["read-tree", "HEAD"], { signal });
  }

  /** Takes away what git knows of a work tree; its folder is the caller's. */
  async forgetTree(name: string): Promise<void> {
    await rm(this.adminFolder(name), { recursive: true, force: true });
  }

  /** Moves a branch, which must stand where the caller found it. @param from null: it is not there */
  async setBranch(branch: string, to: string, from: string | null, signal: AbortSignal): Promise<void> {
    const args = ["update-ref", "-m", "drover", `refs/heads/${branch}`, to, from ?? "0".repeat(40)];
    await this.#git(args, { signal });
  }

  /** Deletes a branch if it still stands where the caller found it. */
  async deleteBranch(branch: string, at: string, signal: AbortSignal): Promise<void> {
    await this.#git(["update-ref", "-d", `refs/heads/${branch}`, at], { signal });
  }

  /** Branches beneath `folder/` that are not part of `of`, those with the newest commits first. */
  async unmerged(
    folder: string,
    of: string,
    most: number,
    signal: AbortSignal,
  ): Promise<{ branch: string; commit: string }[]> {
    const format = "--format=%(objectname) %(refname:lstrip=2)";
    const which = [`--no-merged=${of}`, "--sort=-committerdate", `--count=${most}`, `refs/heads/${folder}/`];
    const { stdout } = await this.#git(["for-each-ref", format, ...which], { signal });
    const lines = stdout.toString().split("\n");
    return lines.flatMap((line) => {
      const [commit = "", branch = ""] = line.split(" ");
      return branch === "" || !commitId.test(commit) ? [] : [{ branch, commit }];
    });
  }

  /** Takes objects in. @param pack as `git pack-objects` writes it */
  async takeIn(pack: Buffer, signal: AbortSignal): Promise<void> {
    await this.#git(["unpack-objects", "-q"], { input: pack, signal });
  }

  /** As the workspace's owner, where the worker may: what git writes is the owner's then. */
  #place(gitFolder: string): GitPlace {
    const user = isRoot() && isForeign(this.owner) ? this.owner : undefined;
    return { gitFolder, workTree: this.directory, searchPath: this.#searchPath, user };
  }

  async #git(args: readonly string[], options: GitOptions): Promise<GitAnswer> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await runGit(this.#place(this.gitFolder), args, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (tried >= triesMax || !contended.test(toError(error).message)) throw error;
        await delay(pauseMs * tried * (0.5 + Math.random() / 2));
      }
    }
  }
}

/** @param what of the workspace, up to the remedy that is always there */
function refused(what: string): PermanentFailure {
  const message = `A task with isolation "worktree" needs a git repository: the workspace ${what} isolation "shared".`;
  return new PermanentFailure("not_a_repository", message);
}
