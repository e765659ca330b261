/** A file is small and named for the one thing in it; only a few places read the environment. */
import { expect, test } from "vitest";
import { isTestCode, paths, sourceFiles } from "./source-files.ts";

const linesMax = 300;
const sayNothing = /^(?:utils?|helpers?|common|lib|libs|misc|types|constants)$/;
const kebabCase = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/;

test("there is something to look at", () => {
  expect(sourceFiles.length).toBeGreaterThan(200);
});

test(`no source file has more than ${linesMax} lines`, () => {
  const lengths = sourceFiles.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
  expect(lengths.filter(({ lines }) => lines > linesMax)).toEqual([]);
});

test("no file or folder has a name that says nothing", () => {
  const named = paths.filter((path) =>
    path.split("/").some((part) => sayNothing.test(part.split(".")[0] ?? "")),
  );
  expect(named).toEqual([]);
});

test("source files are named in kebab-case", () => {
  const names = sourceFiles.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
  expect(names.filter((name) => !kebabCase.test(name))).toEqual([]);
});

test("an index only re-exports, by name, or the index of a folder", () => {
  const statement =
    /^(?:export (?:type )?\{[^}]*\} from "[^"]+";|export \* from "\.\/[a-z-]+\/index\.ts";|\/\*\*[\s\S]*?\*\/|\/\/.*)$/gm;
  const wrong = sourceFiles
    .filter(({ path }) => path.endsWith("/index.ts"))
    .filter(({ text }) => text.replace(statement, "").trim() !== "" && text.trim() !== "export {};");
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

/** What reads the environment beside `main.ts` and `config.ts`: it hands all of it on to a process that it starts. */
const startsProcesses = new Set([
  "packages/embedded/src/stack/start-stack.ts",
  "packages/redis-server/src/redis-source.ts",
  "packages/testing/src/in-scratch.ts",
]);

test("only main.ts and config.ts read the environment", () => {
  const readers = sourceFiles
    .filter(({ path }) => /^(?:packages|services)\/[^/]+\/src\//.test(path) && !isTestCode(path))
    .filter(({ path }) => !/\/src\/(?:main|config)\.ts$/.test(path) && !startsProcesses.has(path))
    .filter(({ text }) => withoutStrings(text).includes("process.env"));
  expect(readers.map(({ path }) => path)).toEqual([]);
});

/** Templates hold code of other programs. */
function withoutStrings(text: string): string {
  return text.replace(/`(?:\\.|[^`\\])*`/g, "``");
}
