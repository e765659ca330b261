/** `drover workflows export|import|diff`: templates as files that are pleasant in version control. */
import {
  getTemplate,
  importTemplates,
  listTemplates,
  orderedTemplate,
  type TemplateDefinition,
  type TemplateSummary,
  templateYaml,
} from "@drover/contracts";
import { type Command, Option } from "commander";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { DroverApiError } from "../api-error.ts";
import { type CommandContext, contextOf, type Terminal } from "./command-context.ts";
import { CommandFailure, exitCode } from "./exit-code.ts";
import { readTemplateFiles, type TemplateFile } from "./template-files/read-template-files.ts";
import {
  type FileFormat,
  fileFormats,
  templateJson,
  writeTemplateFile,
} from "./template-files/write-template-files.ts";
import { textTable } from "./text-table.ts";

interface ExportOptions {
  readonly dir?: string;
  readonly stdout?: boolean;
  readonly format: FileFormat;
}

const pageSize = 200;

export function addTemplateFileCommands(workflows: Command, terminal: Terminal): void {
  workflows
    .command("export")
    .description("Write templates to files, one each; those that are there keep their comments.")
    .argument("[names...]", "which; default: all of them")
    .option("-d, --dir <folder>", "where the files are")
    .option("--stdout", "print them instead")
    .addOption(new Option("-f, --format <format>", "of the files").choices(fileFormats).default("yaml"))
    .action((names: string[], options: ExportOptions, command: Command) =>
      exportTemplates(contextOf(command, terminal), names, options),
    );
  workflows
    .command("import")
    .description("Create or update templates from files and folders, all of them or none.")
    .argument("<paths...>", "YAML or JSON files, or folders of them")
    .option("--dry-run", "say what would change, and change nothing")
    .action((paths: string[], options: { dryRun?: boolean }, command: Command) =>
      importFiles(contextOf(command, terminal), paths, options.dryRun === true),
    );
  workflows
    .command("diff")
    .description("Compare files with the current versions on the server; exit code 1 where they differ.")
    .argument("<paths...>", "YAML or JSON files, or folders of them")
    .action((paths: string[], _options: unknown, command: Command) =>
      diffFiles(contextOf(command, terminal), paths),
    );
}

async function exportTemplates(
  context: CommandContext,
  names: readonly string[],
  options: ExportOptions,
): Promise<void> {
  if ((options.dir === undefined) === (options.stdout !== true)) {
    throw new CommandFailure("Say where to: --dir <folder> or --stdout.");
  }
  const all = names.length > 0 ? names.map((name) => ({ name })) : await allTemplates(context);
  const definitions: TemplateDefinition[] = [];
  for (const { name, ...from } of all) definitions.push(await currentDefinition(context, name, from));
  if (options.dir === undefined) {
    context.terminal.print(asText(definitions, options.format).trimEnd());
    return;
  }
  const written = [];
  for (const definition of definitions)
    written.push(await writeTemplateFile(options.dir, definition, options.format));
  context.show(
    { files: written },
    textTable(
      ["FILE", "OUTCOME"],
      written.map(({ path, outcome }) => [path, outcome]),
    ),
  );
}

function asText(definitions: readonly TemplateDefinition[], format: FileFormat): string {
  if (format === "yaml") return definitions.map(templateYaml).join("---\n");
  const [only] = definitions;
  if (definitions.length === 1 && only !== undefined) return templateJson(only);
  return JSON.stringify(definitions.map(orderedTemplate), null, 2);
}

async function importFiles(
  context: CommandContext,
  paths: readonly string[],
  dryRun: boolean,
): Promise<void> {
  const files = await readTemplateFiles(paths);
  const imported = await context.client
    .call(importTemplates, {
      body: {
        ...context.organization,
        templates: files.map(({ definition }) => definition),
        dry_run: dryRun,
      },
    })
    .catch((error: unknown) => {
      throw withFiles(error, files);
    });
  const rows = imported.templates.map((one, position) => [
    one.name,
    one.outcome,
    one.version,
    files[position]?.path,
  ]);
  if (dryRun && !context.json) context.terminal.say("A dry run: nothing was changed.");
  context.show(imported, textTable(["NAME", "OUTCOME", "VERSION", "FILE"], rows));
}

/** The API names a template by its place in the request; a person knows its file. */
function withFiles(error: unknown, files: readonly TemplateFile[]): unknown {
  if (!(error instanceof DroverApiError) || error.validations.length === 0) return error;
  const lines = error.validations.map(({ field, detail }) => {
    const [, position = "", rest = ""] = /^templates\[(\d+)\]\.?(.*)$/.exec(field) ?? [];
    const path = files[Number(position)]?.path;
    if (position === "" || path === undefined) return `${field}: ${detail}`;
    return rest === "" ? `${path}: ${detail}` : `${path}: ${rest}: ${detail}`;
  });
  return new CommandFailure(lines.join("\n"), exitCode.failed);
}

async function diffFiles(context: CommandContext, paths: readonly string[]): Promise<void> {
  const files = await readTemplateFiles(paths);
  const compared: { name: string; path: string; same: boolean; text: string }[] = [];
  for (const { path, definition } of files) {
    const current = await currentDefinition(context, definition.name).catch((error: unknown) => {
      if (error instanceof DroverApiError && error.code === "not_found") return null;
      throw error;
    });
    const before = current === null ? "" : templateYaml(current);
    const after = templateYaml(definition);
    const label = current === null ? "/dev/null" : `${definition.name} (server)`;
    const patch = createTwoFilesPatch(label, path, before, after, undefined, undefined, {
      headerOptions: FILE_HEADERS_ONLY,
    });
    const same = before === after;
    compared.push({ name: definition.name, path, same, text: same ? "" : patch });
  }
  const different = compared.filter(({ same }) => !same);
  const text = different.map((one) => one.text.trimEnd()).join("\n");
  if (context.json || text !== "") context.show({ templates: compared }, text);
  if (different.length > 0) throw new CommandFailure("", exitCode.failed);
}

interface Whereabouts {
  readonly organization_id?: string;
}

async function currentDefinition(
  context: CommandContext,
  name: string,
  from: Whereabouts = {},
): Promise<TemplateDefinition> {
  const params = { template_name: name };
  const query = { ...from, ...context.organization };
  return (await context.client.call(getTemplate, { params, query })).definition;
}

/** By name. @throws CommandFailure where the key sees templates of several organizations and none is named */
async function allTemplates(context: CommandContext): Promise<(Whereabouts & { readonly name: string })[]> {
  const { organization_id: organization } = context.organization;
  const found: TemplateSummary[] = [];
  for (let more = true; more; ) {
    const last = found.at(-1);
    const { templates } = await context.client.call(listTemplates, {
      query: {
        limit: pageSize,
        ...(organization === undefined ? {} : { q: `organization:${organization}` }),
        ...(last === undefined ? {} : { after_id: last.id }),
      },
    });
    found.push(...templates);
    more = templates.length === pageSize;
  }
  const organizations = [...new Set(found.map((one) => one.organization_id))].sort();
  if (organizations.length > 1) {
    throw new CommandFailure(`Say whose templates: --organization ${organizations.join("|")}.`);
  }
  return found
    .map(({ name, organization_id }) => ({ name, organization_id }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}
