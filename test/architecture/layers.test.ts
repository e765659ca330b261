/**
 * Imports point to lower layers only.
 *
 * The layers and who may use whom stand in `turbo.json`; a package says its layer in its own. Both what a package declares
 * and what its files really import are held to it.
 */
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { isTestCode, readText, type SourceFile, sourceFiles, workspaceFolders } from "./source-files.ts";

const layers = z
  .object({
    boundaries: z.object({
      tags: z.record(z.string(), z.object({ dependencies: z.object({ allow: z.array(z.string()) }) })),
    }),
  })
  .parse(JSON.parse(readText("turbo.json"))).boundaries.tags;

const names = z.record(z.string(), z.string()).default({});
const manifest = z.object({ name: z.string(), dependencies: names, devDependencies: names });
const tagged = z.object({ tags: z.tuple([z.string()]) });
const referring = z.object({ references: z.array(z.object({ path: z.string() })).default([]) });

const packages = [...workspaceFolders, "test", "bench"].map((folder) => {
  const read = (file: string) => JSON.parse(readText(join(folder, file)));
  const { name, dependencies, devDependencies } = manifest.parse(read("package.json"));
  const [layer] = tagged.parse(read("turbo.json")).tags;
  return {
    folder,
    name,
    layer,
    dependencies: Object.keys(dependencies),
    devDependencies: Object.keys(devDependencies),
    references: referring.parse(read("tsconfig.json")).references.map(({ path }) => join(folder, path)),
    files: sourceFiles.filter(({ path }) => path.startsWith(`${folder}/`)),
  };
});
type Package = (typeof packages)[number];
const byName = new Map(packages.map((one) => [one.name, one]));

const importing = /(?:^|\n)\s*(?:import|export)\s[^;'"`]*?from\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;

function importsOf({ text }: SourceFile): string[] {
  return [...text.matchAll(importing)].map(([, from, bare]) => from ?? bare ?? "");
}

/** `@drover/agent-kit/conformance` is of `@drover/agent-kit`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function faultsOf(check: (one: Package) => string[]): string[] {
  return packages.flatMap((one) => check(one).map((fault) => `${one.name}: ${fault}`));
}

test("every package says its layer, and the layer exists", () => {
  expect(packages.filter(({ layer }) => !Object.hasOwn(layers, layer))).toEqual([]);
});

test("a package declares only packages of layers that its own may use", () => {
  const faults = faultsOf(({ layer, dependencies, devDependencies }) =>
    [...dependencies, ...devDependencies].filter((name) => {
      const used = byName.get(name);
      return used !== undefined && layers[layer]?.dependencies.allow.includes(used.layer) !== true;
    }),
  );
  expect(faults).toEqual([]);
});

test("a file imports only what its package declares, and shipped code only what is shipped with it", () => {
  const faults = faultsOf(({ name, dependencies, devDependencies, files }) => {
    const shipped = new Set([...dependencies, name]);
    const all = new Set([...shipped, ...devDependencies]);
    return files.flatMap((file) => {
      const allowed = isTestCode(file.path) ? all : shipped;
      return importsOf(file)
        .filter((specifier) => specifier.startsWith("@drover/") && !allowed.has(packageOf(specifier)))
        .map((specifier) => `${file.path} imports ${specifier}`);
    });
  });
  expect(faults).toEqual([]);
});

test("no file reaches into another package over a path", () => {
  const faults = faultsOf(({ folder, files }) =>
    files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith("."))
        .filter((specifier) => relative(folder, join(file.path, "..", specifier)).startsWith(".."))
        .map((specifier) => `${file.path} imports ${specifier}`),
    ),
  );
  expect(faults).toEqual([]);
});

test("what ships does not import what only tests run", () => {
  const faults = faultsOf(({ files }) =>
    files
      .filter(({ path }) => !isTestCode(path))
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => join(file.path, "..", specifier))
          .filter((imported) => isTestCode(imported))
          .map((imported) => `${file.path} imports ${imported}`),
      ),
  );
  expect(faults).toEqual([]);
});

test("the compiler builds a package after all that it declares", () => {
  const faults = faultsOf(({ folder, dependencies, references }) => {
    if (folder === "test" || folder === "bench") return [];
    const declared = dependencies.flatMap((name) => byName.get(name)?.folder ?? []);
    return declared.filter((path) => !references.includes(path)).map((path) => `tsconfig.json lacks ${path}`);
  });
  expect(faults).toEqual([]);
  const root = referring.parse(JSON.parse(readText("tsconfig.json"))).references.map(({ path }) => path);
  expect([...workspaceFolders].filter((folder) => !root.includes(folder))).toEqual([]);
});
