/** Templates → one file each. A file that is there is updated in place and keeps its comments. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { orderedTemplate, type TemplateDefinition, templateYaml } from "@drover/contracts";
import { CommandFailure } from "../exit-code.ts";
import { updatedYaml } from "./updated-yaml.ts";

export const fileFormats = ["yaml", "json"] as const;
export type FileFormat = (typeof fileFormats)[number];

export interface WrittenFile {
  readonly path: string;
  readonly outcome: "created" | "updated" | "unchanged";
}

/** @throws CommandFailure for a file that cannot be updated */
export async function writeTemplateFile(
  folder: string,
  definition: TemplateDefinition,
  format: FileFormat,
): Promise<WrittenFile> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${definition.name}.${format}`);
  const before = await readFile(path, "utf8").catch(() => null);
  const after = textOf(path, before, definition, format);
  if (after === before) return { path, outcome: "unchanged" };
  await writeFile(path, after);
  return { path, outcome: before === null ? "created" : "updated" };
}

function textOf(
  path: string,
  before: string | null,
  definition: TemplateDefinition,
  format: FileFormat,
): string {
  if (format === "json") return templateJson(definition);
  if (before === null) return templateYaml(definition);
  try {
    return updatedYaml(before, definition);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : "it cannot be read";
    throw new CommandFailure(`${path} is there and is not YAML, so it is left alone: ${why}`);
  }
}

export function templateJson(definition: TemplateDefinition): string {
  return `${JSON.stringify(orderedTemplate(definition), null, 2)}\n`;
}
