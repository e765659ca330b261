/**
 * A git repository of the worker's own, beside the workspace and not in it, that records what the workspace holds before
 * and after a task. It works where the workspace is no repository, and never touches one that it is.
 */
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type GitOptions, type GitPlace, runGit, zeroSeparated } from "./run-git.ts";

/** Larger files are left out: recording them would cost more than the task. */
const fileBytesMax = 20 * 1024 * 1024;
/** Repositories within repositories are looked into this deep. */
const nestingMax = 4;
const ignored = [".git", ".opencode", "node_modules"];
/** Stands in the index for a moment, so that git looks into a repository within the workspace. */
const placeholder = ".drover-placeholder";
const emptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/** What a record begins with, where it is one of a work tree: a commit of another repository, whose objects are read there. */
export interface ShadowOrigin {
  readonly objectsFolder: string;
  readonly commit: string;
}

export class ShadowRepository {
  readonly #place: GitPlace;
  readonly #origin: ShadowOrigin | null;
  #ready: Promise<void> | null = null;

  /** @param folder the repository's own folder; made when first used */
  constructor(folder: string, workTree: string, searchPath: string, origin: ShadowOrigin | null = null) {
    this.#origin = origin;
    this.#place = { gitFolder: folder, workTree, searchPath };
  }

  /**
   * Records the workspace as it is now.
   * @returns the id of a git tree
   */
  async snapshot(signal: AbortSignal): Promise<string> {
    try {
      return await this.#snapshot(signal);
    } catch {
      signal.throwIfAborted();
      // A worker that was killed in the middle may leave a broken index: a fresh one costs only time.
      this.#ready = null;
      await rm(this.#place.gitFolder, { recursive: true, force: true });
      return await this.#snapshot(signal);
    }
  }

  /** Whether a tree that was recorded earlier is still there. */
  async has(tree: string, signal: AbortSignal): Promise<boolean> {
    await this.#prepare();
    return this.git(["cat-file", "-e", `${tree}^{tree}`], { signal }).then(
      () => true,
      () => false,
    );
  }

  git(args: readonly string[], options: GitOptions) {
    return runGit(this.#place, args, options);
  }

  async #snapshot(signal: AbortSignal): Promise<string> {
    await this.#prepare();
    const nested = await this.#openNested(signal);
    const paths = await this.#changedPaths(signal);
    await this.git(["update-index", "--add", "--remove", "--replace", "-z", "--stdin"], {
      input: paths.map((path) => `${path}\0`).join(""),
      signal,
    });
    if (nested.length > 0) {
      const input = nested.map((folder) => `${folder}${placeholder}\0`).join("");
      await this.git(["update-index", "--force-remove", "-z", "--stdin"], { input, signal });
    }
    const { stdout } = await this.git(["write-tree"], { signal });
    return stdout.toString().trim();
  }

  /** Git lists a repository within the workspace as one entry, unless its index already knows a file in it. */
  async #openNested(signal: AbortSignal): Promise<string[]> {
    const opened: string[] = [];
    for (let depth = 0; depth < nestingMax; depth += 1) {
      const folders = (await this.#list(["--others"], signal)).filter((path) => path.endsWith("/"));
      if (folders.length === 0) break;
      const input = folders.map((folder) => `100644 ${emptyBlob}\t${folder}${placeholder}\0`).join("");
      await this.git(["hash-object", "-w", "--stdin"], { signal });
      await this.git(["update-index", "--add", "-z", "--index-info"], { input, signal });
      opened.push(...folders);
    }
    return opened;
  }

  async #changedPaths(signal: AbortSignal): Promise<string[]> {
    const listed = await this.#list(["--others", "--modified", "--deleted"], signal);
    const paths: string[] = [];
    for (const path of new Set(listed)) {
      if (path.endsWith("/") || path.endsWith(placeholder)) continue;
      const size = await stat(join(this.#place.workTree, path)).then(
        (found) => (found.isFile() ? found.size : 0),
        () => 0, // deleted, or a link to nowhere
      );
      if (size <= fileBytesMax) paths.push(path);
    }
    return paths;
  }

  async #list(kinds: readonly string[], signal: AbortSignal): Promise<string[]> {
    const { stdout } = await this.git(["ls-files", "-z", "--exclude-standard", ...kinds], { signal });
    return zeroSeparated(stdout);
  }

  #prepare(): Promise<void> {
    this.#ready ??= this.#open().catch((error: unknown) => {
      this.#ready = null;
      throw error;
    });
    return this.#ready;
  }

  async #open(): Promise<void> {
    const { gitFolder } = this.#place;
    await mkdir(gitFolder, { recursive: true, mode: 0o700 });
    await rm(join(gitFolder, "index.lock"), { force: true });
    await this.git(["init", "--quiet", "--template="], {});
    await mkdir(join(gitFolder, "info"), { recursive: true });
    await writeFile(join(gitFolder, "info", "exclude"), `${ignored.join("\n")}\n`);
    // What the workspace's own attributes say must not change what is recorded.
    await writeFile(join(gitFolder, "info", "attributes"), "* -text -filter -ident -working-tree-encoding\n");
    await this.git(["gc", "--auto", "--quiet", "--prune=1.day.ago"], {});
    if (this.#origin !== null) await this.#beginWith(this.#origin);
  }

  /** Files of the commit are known from then on, so that no rule about what is ignored leaves them out. */
  async #beginWith({ objectsFolder, commit }: ShadowOrigin): Promise<void> {
    const { gitFolder } = this.#place;
    await mkdir(join(gitFolder, "objects", "info"), { recursive: true });
    await writeFile(join(gitFolder, "objects", "info", "alternates"), `${objectsFolder}\n`);
    const begun = await stat(join(gitFolder, "index")).catch(() => null);
    if (begun === null) await this.git(["read-tree", commit], {});
  }

  /** Writes the files of the origin into the work tree as they are recorded: nothing converts or filters them. */
  async checkOut(signal: AbortSignal): Promise<void> {
    await this.#prepare();
    await this.git(["checkout-index", "--all", "--force", "--index"], { signal });
  }
}
