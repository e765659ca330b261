/** Files and folders on the command line → the templates in them. */
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import {
  type TemplateDefinition,
  templateDefinition,
  templateYamlReading,
  validationsOf,
} from "@drover/contracts";
import { parseAllDocuments } from "yaml";
import { CommandFailure } from "../exit-code.ts";

export interface TemplateFile {
  readonly path: string;
  readonly definition: TemplateDefinition;
}

const extensions = new Set([".yaml", ".yml", ".json"]);

/** @throws CommandFailure naming every fault of every file */
export async function readTemplateFiles(paths: readonly string[]): Promise<TemplateFile[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  if (files.length === 0) throw new CommandFailure(`There are no YAML or JSON files in ${paths.join(", ")}.`);
  const read: TemplateFile[] = [];
  const faults: string[] = [];
  for (const path of files) {
    const { definitions, faults: found } = readTemplates(await readFile(path, "utf8"));
    read.push(...definitions.map((definition) => ({ path, definition })));
    faults.push(...found.map((fault) => `${path}: ${fault}`));
  }
  const byName = new Map<string, string>();
  for (const { path, definition } of read) {
    const other = byName.get(definition.name);
    if (other === undefined) byName.set(definition.name, path);
    else faults.push(`${path}: "${definition.name}" is also in ${other}`);
  }
  if (faults.length > 0) throw new CommandFailure(faults.join("\n"));
  return read;
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new CommandFailure(`${path}: there is no such file or folder.`);
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const below = await Promise.all(
    entries
      .filter((entry) => !entry.name.startsWith("."))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1))
      .map((entry) => {
        const at = join(path, entry.name);
        if (entry.isDirectory()) return filesOf(at);
        return extensions.has(extname(entry.name)) ? [at] : [];
      }),
  );
  return below.flat();
}

/** YAML with one or more documents, or JSON, which is YAML; a list holds several templates. */
function readTemplates(text: string): { definitions: TemplateDefinition[]; faults: string[] } {
  const definitions: TemplateDefinition[] = [];
  const faults: string[] = [];
  for (const document of [...parseAllDocuments(text, templateYamlReading)]) {
    const broken = document.errors.map(({ message }) => message.split("\n")[0] ?? message);
    faults.push(...broken);
    if (broken.length > 0) continue;
    const held: unknown = document.toJS(templateYamlReading);
    for (const candidate of Array.isArray(held) ? held : [held]) {
      const parsed = templateDefinition.safeParse(candidate);
      if (parsed.success) definitions.push(parsed.data);
      else faults.push(...validationsOf(parsed.error).map(({ field, detail }) => `${field}: ${detail}`));
    }
  }
  return { definitions, faults };
}
