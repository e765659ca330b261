/**
 * The templates of each organization, on its shard: names, versions that never change, and which of them is current.
 * Several callers may write at once: each change is one script.
 */
import { createHash } from "node:crypto";
import {
  canonicalJson,
  newId,
  type Payload,
  type Template,
  type TemplateDefinition,
  type TemplateOutcome,
  type TemplateSummary,
  type TemplateVersion,
  templateDefinition,
  templateReference,
  templatesMax,
  templateVersionsMax,
} from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { json, type Shard, type Store, type Visible } from "@drover/queue";
import { z } from "zod";
import type { ResolvedTemplate, TemplateResolver } from "../template-resolver.ts";
import { checkInputs } from "./input-validator.ts";
import { instantiate } from "./template-faults.ts";
import { templateRow, toTemplateSummary, toTemplateVersion, versionRow } from "./template-row.ts";
import { deleteTemplateScript, putTemplatesScript, rollbackTemplateScript } from "./template-scripts.ts";

/** How long the numbers of a deleted template are remembered. */
const numbersKeptSeconds = 90 * 24 * 3600;

export interface NewTemplate {
  /** The id of the template, should it be new. */
  readonly id?: string;
  readonly definition: TemplateDefinition;
}

const putReply = z.tuple([z.enum(["ok", "full"])]).rest(z.union([z.string(), z.number()]));
const outcome = z.enum(["created", "updated", "unchanged"]);
const stored = json(templateDefinition);

export class TemplateStore implements TemplateResolver {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Creates templates, or their next versions: all or none. They must be without faults and of different names.
   * @throws DroverError conflict when the organization has too many
   */
  async put(
    organizationId: string,
    by: string,
    templates: readonly NewTemplate[],
    options: { readonly dryRun?: boolean } = {},
  ): Promise<TemplateOutcome[]> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const reply = await this.#store.scripts.run(
      putTemplatesScript,
      [shard.templates(organizationId)],
      [
        shard.prefix,
        organizationId,
        new Date().toISOString(),
        by,
        options.dryRun === true ? 1 : 0,
        templatesMax,
        templateVersionsMax,
        ...templates.flatMap(putArguments),
      ],
    );
    const [said, ...rest] = putReply.parse(reply);
    if (said === "full") {
      throw new DroverError("conflict", { detail: `An organization has at most ${templatesMax} templates.` });
    }
    return templates.map(({ definition }, position) => ({
      name: definition.name,
      outcome: outcome.parse(rest[position * 2]),
      version: z.number().parse(rest[position * 2 + 1]),
    }));
  }

  /** @param version absent: the current one. Null where there is no such template or version. */
  async find(organizationId: string, name: string, version?: number): Promise<Template | null> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const summary = await this.#summary(shard, organizationId, name);
    if (summary === null) return null;
    const wanted = version ?? summary.version;
    const text = await this.#store.redis.hget(
      shard.templateDefinitions(organizationId, name),
      String(wanted),
    );
    return text === null ? null : { ...summary, version: wanted, definition: stored.parse(text) };
  }

  /** All that are visible, newest first. */
  async list(visible: Visible): Promise<TemplateSummary[]> {
    const found: TemplateSummary[] = [];
    for (const shard of this.#store.keyspace.shards) {
      const organizations =
        visible === "all"
          ? await this.#store.redis.smembers(shard.templateOrganizations())
          : visible.filter((organization) => this.#store.keyspace.shardOf(organization) === shard);
      for (const organization of organizations) {
        const rows = await this.#store.redis.hvals(shard.templates(organization));
        found.push(...rows.map((row) => toTemplateSummary(templateRow.parse(row), organization)));
      }
    }
    return found.sort((left, right) => (left.id < right.id ? 1 : -1));
  }

  /** Newest first; null where there is no such template. */
  async versions(organizationId: string, name: string): Promise<TemplateVersion[] | null> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const summary = await this.#summary(shard, organizationId, name);
    if (summary === null) return null;
    const rows = await this.#store.redis.hvals(shard.templateVersions(organizationId, name));
    return rows
      .map((row) => toTemplateVersion(versionRow.parse(row), summary.version))
      .sort((left, right) => right.version - left.version);
  }

  /** Makes a version the current one. @throws DroverError not_found, validation_failed where there is no such version */
  async rollback(organizationId: string, name: string, version: number, by: string): Promise<Template> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const args = [shard.prefix, organizationId, name, version, by, new Date().toISOString()];
    const keys = [shard.templates(organizationId)];
    const said = z
      .enum(["missing", "no version", "ok"])
      .parse(await this.#store.scripts.run(rollbackTemplateScript, keys, args));
    if (said === "no version") {
      throw new DroverError("validation_failed", {
        validations: [{ field: "version", detail: `${name} has no version ${version}` }],
      });
    }
    const found = said === "missing" ? null : await this.find(organizationId, name);
    if (found === null) throw new DroverError("not_found");
    return found;
  }

  /** @returns whether there was one */
  async delete(organizationId: string, name: string): Promise<boolean> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const args = [shard.prefix, organizationId, name, numbersKeptSeconds];
    const keys = [shard.templates(organizationId)];
    return (await this.#store.scripts.run(deleteTemplateScript, keys, args)) === 1;
  }

  async instantiate(organizationId: string, reference: string, given: Payload): Promise<ResolvedTemplate> {
    const [name = "", version] = reference.split("@");
    const found = templateReference.safeParse(reference).success
      ? await this.find(organizationId, name, version === undefined ? undefined : Number(version))
      : null;
    if (found === null) {
      const detail = `there is no template "${reference}"`;
      throw new DroverError("validation_failed", { validations: [{ field: "template", detail }] });
    }
    const { inputs, faults } = checkInputs(found.definition.inputs, given);
    if (faults.length > 0) throw new DroverError("validation_failed", { validations: faults });
    return { definition: instantiate(found.definition, inputs), reference: `${name}@${found.version}` };
  }

  async #summary(shard: Shard, organizationId: string, name: string): Promise<TemplateSummary | null> {
    const text = await this.#store.redis.hget(shard.templates(organizationId), name);
    return text === null ? null : toTemplateSummary(templateRow.parse(text), organizationId);
  }
}

function putArguments({ id, definition }: NewTemplate): (string | number)[] {
  const text = JSON.stringify(definition);
  const digest = createHash("sha256").update(canonicalJson(definition)).digest("base64");
  return [
    definition.name,
    id ?? newId("template"),
    digest,
    text,
    definition.description ?? "",
    Buffer.byteLength(text),
  ];
}
