/** The source files of the repository, read once: the tests of its structure look at all of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository-root.ts";

export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const notOurs = new Set(["node_modules", "dist", "coverage", ".turbo", ".drover", "generated"]);
const homes = ["packages", "services", "test", "scripts", "bench", "examples"];
const source = /\.(?:ts|mts|mjs|js)$/;

function* filesBeneath(folder: string): Generator<string> {
  for (const entry of readdirSync(join(repositoryRoot, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !notOurs.has(entry.name)) yield* filesBeneath(path);
    else if (entry.isFile()) yield path;
  }
}

/** Every file and folder of ours that may hold code, whatever its kind. */
export const paths: readonly string[] = readdirSync(repositoryRoot)
  .filter((name) => homes.includes(name))
  .flatMap((home) => [...filesBeneath(home)]);

export const sourceFiles: readonly SourceFile[] = paths
  .filter((path) => source.test(path))
  .map((path) => ({ path, text: readFileSync(join(repositoryRoot, path), "utf8") }));

/** Code that only tests run: tests, what several of them share, and the suites that others run. */
export function isTestCode(path: string): boolean {
  return (
    /\.(?:test|conformance|fixture|bench)\.ts$/.test(path) ||
    path.startsWith("test/") ||
    path.startsWith("bench/") ||
    path.includes("/testing/")
  );
}

/** The folders of `packages` and `services`, from the root of the repository. */
export const workspaceFolders: readonly string[] = ["packages", "services"].flatMap((home) =>
  readdirSync(join(repositoryRoot, home), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(home, entry.name)),
);

export function readText(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}
