/** `drover plugins list|search|add|enable|disable|remove`: what is plugged into a workspace's OpenCode. */
import {
  deletePlugin,
  listCatalogue,
  listPlugins,
  type Plugin,
  type PluginKind,
  type PluginSpec,
  pluginKind,
  putPlugin,
} from "@drover/contracts";
import { type Command, Option } from "commander";
import { contextOf, type Terminal } from "./command-context.ts";
import { CommandFailure } from "./exit-code.ts";
import { readTextFile } from "./read-text-file.ts";
import { textTable } from "./text-table.ts";
import { positiveNumber } from "./wait-seconds.ts";

interface InWorkspace {
  readonly workspace: string;
  readonly kind?: PluginKind;
}

interface SearchOptions {
  readonly kind?: PluginKind;
  readonly tag?: string;
  readonly limit: number;
}

interface Sources {
  readonly from?: string;
  readonly agent?: string;
  readonly skill?: string;
  readonly command?: string;
  readonly mcpUrl?: string;
}

export function addPluginCommands(plugins: Command, terminal: Terminal): void {
  plugins
    .command("list")
    .description("Show what a workspace's OpenCode has.")
    .requiredOption("-w, --workspace <name>", "the workspace")
    .action(async ({ workspace }: InWorkspace, command: Command) => {
      const context = contextOf(command, terminal);
      const found = await context.client.call(listPlugins, { query: { workspace_id: workspace } });
      context.show(found, textTable(pluginColumns, found.plugins.map(pluginCells)));
    });
  plugins
    .command("search")
    .description("Search the signed catalogue.")
    .argument("[words...]", "all of which must be found")
    .addOption(kindOption("only of this kind"))
    .option("--tag <tag>", "only with this tag")
    .option("--limit <number>", "how many", positiveNumber, 50)
    .action(async (words: readonly string[], options: SearchOptions, command: Command) => {
      const context = contextOf(command, terminal);
      const q = catalogueTerms(words, options);
      const query = { limit: options.limit, ...(q === "" ? {} : { q }) };
      const found = await context.client.call(listCatalogue, { query });
      const rows = found.entries.map(({ name, version, kind, needs, description }) => [
        ...[name, version, kind, needs.join("; ") || null, description],
      ]);
      context.show(found, textTable(["NAME", "VERSION", "KIND", "NEEDS", "DESCRIPTION"], rows));
    });
  plugins
    .command("add")
    .description("Plug something in; the workspace's next task has it.")
    .argument("<name>")
    .argument("[program...]", "of an MCP server that the workspace runs; its options after --")
    .requiredOption("-w, --workspace <name>", "the workspace")
    .option("--from <reference>", "catalogue:name[@1.2.3] or npm:name@1.2.3; default: catalogue:<name>")
    .option("--agent <file>", "an agent, as Markdown")
    .option("--skill <file>", "a skill, as Markdown")
    .option("--command <file>", "a command, as Markdown")
    .option("--mcp-url <address>", "an MCP server elsewhere")
    .action(async (name: string, program: string[], options: InWorkspace & Sources, command: Command) => {
      const context = contextOf(command, terminal);
      const plugged = await context.client.call(putPlugin, {
        params: { plugin_name: name },
        body: {
          ...context.organization,
          workspace_id: options.workspace,
          enabled: true,
          spec: await specOf(name, program, options),
        },
      });
      context.show(plugged, textTable(pluginColumns, [pluginCells(plugged)]));
    });
  for (const [verb, enabled, description] of [
    ["enable", true, "Turn on again what was turned off."],
    ["disable", false, "Turn off what is plugged in, or what OpenCode brings along."],
  ] as const) {
    inWorkspace(plugins.command(verb).description(description)).action(
      async (name: string, { workspace, kind }: InWorkspace, command: Command) => {
        const context = contextOf(command, terminal);
        const params = { plugin_name: name };
        const body = { ...context.organization, workspace_id: workspace, enabled, ...ofKind(kind) };
        const plugged = await context.client.call(putPlugin, { params, body });
        context.show(plugged, textTable(pluginColumns, [pluginCells(plugged)]));
      },
    );
  }
  inWorkspace(
    plugins.command("remove").description("Forget what was plugged in, or that it was turned off."),
  ).action(async (name: string, { workspace, kind }: InWorkspace, command: Command) => {
    const context = contextOf(command, terminal);
    const params = { plugin_name: name };
    const query = { ...context.organization, workspace_id: workspace, ...ofKind(kind) };
    await context.client.call(deletePlugin, { params, query });
    context.show({ removed: name }, `${name} is removed.`);
  });
}

const pluginColumns = ["NAME", "KIND", "SOURCE", "VERSION", "ENABLED", "DESCRIPTION"];

function pluginCells({ name, kind, source, version, enabled, description }: Plugin): (string | null)[] {
  return [name, kind, source, version || null, enabled ? "yes" : "no", description || null];
}

const kindOption = (meaning: string) => new Option("--kind <kind>", meaning).choices(pluginKind.options);
const ofKind = (kind: PluginKind | undefined) => (kind === undefined ? {} : { kind });

function inWorkspace(command: Command): Command {
  return command
    .argument("<name>")
    .requiredOption("-w, --workspace <name>", "the workspace")
    .addOption(kindOption("which is meant, where several have this name"));
}

function catalogueTerms(words: readonly string[], { kind, tag }: SearchOptions): string {
  return [
    ...(kind === undefined ? [] : [`kind:${kind}`]),
    ...(tag === undefined ? [] : [`tag:${tag}`]),
    ...(words.length === 0 ? [] : [`text:"${words.join(" ").replaceAll('"', " ")}"`]),
  ].join(" ");
}

/** @throws CommandFailure when more than one source is named, or a file cannot be read */
async function specOf(name: string, program: string[], options: Sources): Promise<PluginSpec> {
  const { from, mcpUrl } = options;
  const files = (["agent", "skill", "command"] as const).flatMap((kind) => {
    const path = options[kind];
    return path === undefined ? [] : [{ kind, path }];
  });
  const named = files.length + [from, mcpUrl, program[0]].filter((source) => source !== undefined).length;
  if (named > 1)
    throw new CommandFailure("Name one source: --from, --agent, --skill, --command, --mcp-url or a program.");
  const [file] = files;
  if (file !== undefined) return { kind: file.kind, text: await readTextFile(file.path) };
  if (mcpUrl !== undefined) return { kind: "mcp", url: mcpUrl };
  if (program.length > 0) return { kind: "mcp", command: program };
  return from ?? `catalogue:${name}`;
}
