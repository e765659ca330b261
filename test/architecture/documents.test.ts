/** The documents must stay true: links lead somewhere, and the tables agree with what they describe. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { yamlDocuments } from "./manifests.ts";
import { repositoryRoot } from "./repository-root.ts";

const read = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");
const foldersWithDocuments = [".", "docs", "docs/decisions", "test", "examples", "bench"];
const documents = [
  ...foldersWithDocuments.flatMap(markdownIn),
  ...["packages", "services"].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder)).flatMap((name) => markdownIn(join(folder, name))),
  ),
];

function markdownIn(folder: string): string[] {
  const path = join(repositoryRoot, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
}

/** The first cell of each row of the document's tables, without backticks; several names may share a cell. */
function namedInTables(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...(line.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

test.each(documents)("every link in %s leads to a file", (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
    ([, path = ""]) => path,
  );
  const broken = links.filter((path) => !existsSync(join(repositoryRoot, dirname(document), path)));
  expect(broken).toEqual([]);
});

test("every library of the catalog has its reason, and no other has one", () => {
  const { catalog } = z
    .object({ catalog: z.record(z.string(), z.string()) })
    .parse(yamlDocuments("pnpm-workspace.yaml")[0]);
  const reasons = namedInTables(read("docs/decisions/0002-libraries.md"));
  const covers = (reason: string, library: string) =>
    reason.endsWith("*") ? library.startsWith(reason.slice(0, -1)) : reason === library;
  const libraries = Object.keys(catalog);
  expect(libraries.filter((library) => !reasons.some((reason) => covers(reason, library)))).toEqual([]);
  expect(reasons.filter((reason) => !libraries.some((library) => covers(reason, library)))).toEqual([]);
});
