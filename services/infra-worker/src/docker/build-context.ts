/** The folder that a build sends to the engine, as a tar stream: without `.git` and what `.dockerignore` names. */
import { lstat, opendir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Readable } from "node:stream";
import dockerIgnore, { type Ignore } from "@balena/dockerignore";
import { PermanentFailure } from "@drover/errors";
import tar from "tar-fs";
import { z } from "zod";

const entriesMax = 200_000;
const mebibyte = 1024 * 1024;

export interface BuildContextOptions {
  /** Relative to the folder; it is sent even where `.dockerignore` names it. */
  readonly dockerfile: string;
  readonly sizeMbMax: number;
  readonly signal: AbortSignal;
}

/** @throws PermanentFailure `docker_failed` where the folder is too large to send */
export async function packBuildContext(folder: string, options: BuildContextOptions): Promise<Readable> {
  const ignore = await ignoreRules(folder);
  const kept = new Set<string>();
  let sizeBytes = 0;
  for await (const { path, size } of walk(folder, "", ignore, options)) {
    sizeBytes += size;
    kept.add(path);
    if (kept.size > entriesMax) throw tooLarge(`has more than ${entriesMax} files`);
    if (sizeBytes > options.sizeMbMax * mebibyte) throw tooLarge(`is larger than ${options.sizeMbMax} MiB`);
  }
  const parents = new Set([...kept].flatMap(parentsOf));
  return tar.pack(folder, {
    ignore: (path) => {
      const inside = relative(folder, path);
      return inside !== "" && !kept.has(inside) && !parents.has(inside);
    },
  });
}

/** The package is CommonJS and exports the function itself; its types speak of a default export that is not there. */
const newIgnore = z
  .custom<(options: { ignorecase: boolean }) => Ignore>((value) => typeof value === "function")
  .parse(dockerIgnore);

interface IgnoreRules {
  /** Whether a path, relative to the folder, is left out. */
  ignores(path: string): boolean;
  /** Something beneath an ignored folder may have been taken in again by a `!` rule. */
  readonly hasExceptions: boolean;
}

async function ignoreRules(folder: string): Promise<IgnoreRules> {
  const file = join(folder, ".dockerignore");
  const isFile = await lstat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );
  const text = isFile ? await readFile(file, "utf8") : "";
  const rules = newIgnore({ ignorecase: false }).add(text);
  return { ignores: (path) => rules.ignores(path), hasExceptions: /^\s*!/m.test(text) };
}

interface Entry {
  readonly path: string;
  readonly size: number;
}

/** The files, links and folders to send. Nothing is followed: a link is sent as a link. */
async function* walk(
  folder: string,
  inside: string,
  ignore: IgnoreRules,
  options: BuildContextOptions,
): AsyncGenerator<Entry> {
  const alwaysSent = new Set([options.dockerfile, ".dockerignore"]);
  for await (const entry of await opendir(join(folder, inside))) {
    options.signal.throwIfAborted();
    const path = inside === "" ? entry.name : join(inside, entry.name);
    if (entry.name === ".git") continue;
    const ignored = ignore.ignores(path) && !alwaysSent.has(path);
    if (entry.isDirectory()) {
      if (!ignored) yield { path, size: 0 };
      if (!ignored || ignore.hasExceptions || options.dockerfile.startsWith(path + sep)) {
        yield* walk(folder, path, ignore, options);
      }
    } else if (!ignored && (entry.isFile() || entry.isSymbolicLink())) {
      yield { path, size: (await lstat(join(folder, path))).size };
    }
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split(sep);
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(sep));
}

function tooLarge(how: string): PermanentFailure {
  return new PermanentFailure(
    "docker_failed",
    `The folder to build from ${how}; a .dockerignore can leave files out.`,
  );
}
