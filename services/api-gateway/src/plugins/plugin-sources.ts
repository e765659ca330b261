/** From what somebody asks to have plugged in to what is stored: checked, allowed, pinned. */
import { createHash } from "node:crypto";
import type { PluginSpec, WrittenSpec } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { type PluginAllowList, type PluginSetting, readPluginText } from "@drover/instances";
import type { Catalogue } from "@drover/plugin-catalogue";
import { readRegistry } from "./npm-registry.ts";

export interface PluginSourcesParts {
  readonly allow: PluginAllowList;
  /** Base address of the npm registry; null: no package can be installed. */
  readonly registry: string | null;
  readonly catalogue: Catalogue;
}

interface Asked {
  readonly name: string;
  readonly enabled: boolean;
  readonly signal: AbortSignal;
  /** Set: as an entry of the catalogue, which vouches for what it names. */
  readonly entry?: { readonly version: string; readonly description: string };
  readonly allowed: boolean;
}

/** OpenCode replaces this in its configuration by what stands in a variable or a file. */
const substitution = /\{(?:env|file):/;
/** Names of files and tools; only a package's may have a scope. */
const plainName = /^[a-zA-Z0-9][a-zA-Z0-9_-]*$/;

export class PluginSources {
  readonly #parts: PluginSourcesParts;

  constructor(parts: PluginSourcesParts) {
    this.#parts = parts;
  }

  /**
   * @throws DroverError plugin_not_allowed with the entry that the deployment's list lacks; validation_failed;
   *   plugin_unavailable; catalogue_unavailable
   */
  async resolve(
    name: string,
    spec: PluginSpec,
    enabled: boolean,
    signal: AbortSignal,
  ): Promise<PluginSetting> {
    if (typeof spec !== "string") return await this.#written(spec, { name, enabled, signal, allowed: false });
    const [form, ...rest] = spec.split(":");
    const reference = rest.join(":");
    if (form === "npm")
      return await this.#written(
        { kind: "plugin", package: reference },
        { name, enabled, signal, allowed: false },
      );
    const entry = await this.#parts.catalogue.find(reference);
    if (entry === null) throw fault("spec", `there is no ${reference} in the catalogue`);
    return await this.#written(entry.spec, {
      name,
      enabled,
      signal,
      entry,
      allowed: this.#parts.allow.allowsEntry(entry.name),
    });
  }

  async #written(spec: WrittenSpec, asked: Asked): Promise<PluginSetting> {
    if (spec.kind !== "plugin" && !plainName.test(asked.name))
      throw fault("plugin_name", `of kind ${spec.kind} must be letters, digits, dash and underscore`);
    if (spec.kind === "mcp") return this.#server(spec, asked);
    if (spec.kind === "plugin") return await this.#package(spec, asked);
    const { description, text } = readPluginText(spec.kind, asked.name, spec.text);
    return setting(asked, {
      kind: spec.kind,
      source: "local",
      version: digest(text),
      description,
      content: { form: "text", text },
    });
  }

  #server(spec: Extract<WrittenSpec, { kind: "mcp" }>, asked: Asked): PluginSetting {
    const { allow } = this.#parts;
    const { command, url } = spec;
    if (substitution.test(JSON.stringify(spec)))
      throw fault("spec", "must not hold {env:…} or {file:…}, which OpenCode would fill in");
    if (url !== undefined) {
      if (new URL(url).username !== "" || new URL(url).password !== "")
        throw fault("spec.url", "must not carry a user name or password");
      if (!asked.allowed && !allow.allowsUrl(url)) throw refused(`mcp:${new URL(url).origin}`);
      const content = { form: "url", url } as const;
      return setting(asked, {
        kind: "mcp",
        source: "local",
        version: digest(url),
        description: url,
        content,
      });
    }
    const program = command?.[0];
    if (command === undefined || program === undefined) throw fault("spec.command", "is required");
    if (!asked.allowed && !allow.allowsProgram(program)) throw refused(`mcp:${program}`);
    return setting(asked, {
      kind: "mcp",
      source: "local",
      version: digest(JSON.stringify(command)),
      description: command.join(" ").slice(0, 200),
      content: { form: "command", command },
    });
  }

  async #package(spec: Extract<WrittenSpec, { kind: "plugin" }>, asked: Asked): Promise<PluginSetting> {
    const { allow, registry } = this.#parts;
    const pinned = spec.package;
    if (!asked.allowed && !allow.allowsPackage(pinned))
      throw refused(`npm:${pinned.slice(0, pinned.lastIndexOf("@"))}`);
    if (registry === null)
      throw new DroverError("plugin_not_allowed", {
        detail: "This deployment has no npm registry to install from: DROVER_PLUGIN_REGISTRY is not set.",
      });
    const found = await readRegistry(registry, pinned, asked.signal);
    if (spec.integrity !== undefined && spec.integrity !== found.integrity)
      throw new DroverError("plugin_unavailable", {
        detail: `The registry's ${pinned} is not the one that the integrity in the request belongs to.`,
      });
    return setting(asked, {
      kind: "plugin",
      source: "npm",
      version: pinned.slice(pinned.lastIndexOf("@") + 1),
      description: found.description.slice(0, 500),
      content: { form: "package", package: pinned, integrity: found.integrity },
    });
  }
}

function setting(asked: Asked, rest: Omit<PluginSetting, "name" | "enabled">): PluginSetting {
  const { name, enabled, entry } = asked;
  return { name, enabled, ...rest, ...(entry && { version: entry.version, description: entry.description }) };
}

/** Tells one text from another where nothing else does. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function refused(entry: string): DroverError {
  return new DroverError("plugin_not_allowed", {
    detail: `What runs code must be on the deployment's list: its operator can add ${entry} to DROVER_PLUGIN_ALLOW.`,
  });
}

function fault(field: string, detail: string): DroverError {
  return new DroverError("validation_failed", { validations: [{ field, detail }] });
}
