/** `drover templates list|get|versions|diff|rollback|delete`. */
import {
  deleteTemplate,
  diffTemplate,
  getTemplate,
  listTemplates,
  listTemplateVersions,
  rollbackTemplate,
  templateYaml,
} from "@drover/contracts";
import type { Command } from "commander";
import { contextOf, type Terminal } from "./command-context.ts";
import { textTable } from "./text-table.ts";
import { positiveNumber } from "./wait-seconds.ts";

export function addTemplateCommands(templates: Command, terminal: Terminal): void {
  templates
    .command("list")
    .description("List templates, newest first.")
    .option("-q, --query <terms>", "e.g. name:release")
    .option("--limit <number>", "how many", positiveNumber, 200)
    .action(async (options: { query?: string; limit: number }, command: Command) => {
      const context = contextOf(command, terminal);
      const { organization_id: organization } = context.organization;
      const terms = [options.query, organization === undefined ? undefined : `organization:${organization}`];
      const q = terms.filter((term) => term !== undefined).join(" ");
      const query = { limit: options.limit, ...(q === "" ? {} : { q }) };
      const page = await context.client.call(listTemplates, { query });
      const rows = page.templates.map((one) => [one.name, one.version, one.updated_at, one.description]);
      context.show(page, textTable(["NAME", "VERSION", "UPDATED", "DESCRIPTION"], rows));
    });
  templates
    .command("get")
    .description("Show a template as YAML.")
    .argument("<name>")
    .option("--version <number>", "another version than the current one", positiveNumber)
    .action(async (name: string, options: { version?: number }, command: Command) => {
      const context = contextOf(command, terminal);
      const version = options.version === undefined ? {} : { version: options.version };
      const params = { template_name: name };
      const query = { ...context.organization, ...version };
      const template = await context.client.call(getTemplate, { params, query });
      context.show(template, templateYaml(template.definition).trimEnd());
    });
  templates
    .command("versions")
    .description("List the versions of a template, newest first.")
    .argument("<name>")
    .action(async (name: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      const params = { template_name: name };
      const page = await context.client.call(listTemplateVersions, { params, query: context.organization });
      const rows = page.versions.map((one) => [
        `${one.version}${one.current ? " *" : ""}`,
        one.created_at,
        one.created_by,
        one.description,
      ]);
      context.show(page, textTable(["VERSION", "CREATED", "BY", "DESCRIPTION"], rows));
    });
  templates
    .command("diff")
    .description("Compare two versions of a template.")
    .argument("<name>")
    .requiredOption("--from <version>", "the older one", positiveNumber)
    .option("--to <version>", "default: the current one", positiveNumber)
    .action(async (name: string, options: { from: number; to?: number }, command: Command) => {
      const context = contextOf(command, terminal);
      const to = options.to === undefined ? {} : { to: options.to };
      const query = { ...context.organization, from: options.from, ...to };
      const compared = await context.client.call(diffTemplate, { params: { template_name: name }, query });
      context.show(compared, compared.text?.trimEnd() ?? "They differ too much to be compared.");
    });
  templates
    .command("rollback")
    .description("Make a version of a template the current one.")
    .argument("<name>")
    .argument("<version>", "its number", positiveNumber)
    .action(async (name: string, version: number, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      const template = await context.client.call(rollbackTemplate, {
        params: { template_name: name },
        query: context.organization,
        body: { version },
      });
      context.show(template, `${name}@${template.version} is current.`);
    });
  templates
    .command("delete")
    .description("Delete a template with all its versions.")
    .argument("<name>")
    .action(async (name: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      await context.client.call(deleteTemplate, {
        params: { template_name: name },
        query: context.organization,
      });
      context.show({ deleted: name }, `${name} is deleted.`);
    });
}
