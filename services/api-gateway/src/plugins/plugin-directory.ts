/**
 * The plugins of each workspace as the API shows them: what its instance was seen to have, and what it is told to have. Kept
 * for a while, and forgotten at once when any replica or worker says that they changed.
 */
import type { Plugin } from "@drover/contracts";
import {
  type DiscoveredPlugins,
  PluginChanges,
  type PluginSettings,
  type WorkspacePlugins,
} from "@drover/instances";
import type { Store } from "@drover/queue";
import { mergePlugins } from "./merge-plugins.ts";

const keptMs = 30_000;
const keptMax = 1_000;

interface Kept {
  readonly plugins: Promise<ReadonlyMap<string, readonly Plugin[]>>;
  readonly untilMs: number;
}

export interface PluginDirectoryParts {
  readonly store: Store;
  readonly discovered: DiscoveredPlugins;
  readonly settings: PluginSettings;
}

export class PluginDirectory implements AsyncDisposable {
  readonly #parts: PluginDirectoryParts;
  readonly #kept = new Map<string, Kept>();
  #changes: PluginChanges | null = null;

  constructor(parts: PluginDirectoryParts) {
    this.#parts = parts;
  }

  /** @param workspaceId null: of every workspace */
  async list(organizations: "all" | readonly string[], workspaceId: string | null): Promise<Plugin[]> {
    const names = organizations === "all" ? await this.#organizations() : [...organizations];
    const found = await Promise.all(names.sort().map((name) => this.#ofOrganization(name)));
    return found.flatMap((workspaces) =>
      [...workspaces].flatMap(([workspace, plugins]) =>
        workspaceId === null || workspace === workspaceId ? plugins : [],
      ),
    );
  }

  /** Forgets what is kept of an organization: it has just been changed here. */
  forget(organizationId: string): void {
    this.#kept.delete(organizationId);
  }

  async #organizations(): Promise<string[]> {
    const { discovered, settings } = this.#parts;
    const found = await Promise.all([discovered.organizations(), settings.organizations()]);
    return [...new Set(found.flat())];
  }

  async #ofOrganization(organizationId: string): Promise<ReadonlyMap<string, readonly Plugin[]>> {
    // Listening comes before reading, so no change falls between the two.
    this.#changes ??= new PluginChanges(this.#parts.store, {
      onChange: (organization) => this.forget(organization),
      onGap: () => this.#kept.clear(),
    });
    const kept = this.#kept.get(organizationId);
    if (kept !== undefined && kept.untilMs > Date.now()) return await kept.plugins;
    const plugins = this.#read(organizationId);
    const entry = { plugins, untilMs: Date.now() + keptMs };
    if (this.#kept.size >= keptMax) this.#kept.clear();
    // Kept before it is read: a change that comes meanwhile takes it away again.
    this.#kept.set(organizationId, entry);
    plugins.catch(() => {
      if (this.#kept.get(organizationId) === entry) this.#kept.delete(organizationId);
    });
    return await plugins;
  }

  async #read(organizationId: string): Promise<ReadonlyMap<string, readonly Plugin[]>> {
    const [discovered, configured] = await Promise.all([
      this.#parts.discovered.ofOrganization(organizationId),
      this.#parts.settings.ofOrganization(organizationId),
    ]);
    const workspaces = [...new Set([...discovered.keys(), ...configured.keys()])].sort();
    return new Map(
      workspaces.map((workspace) => {
        const { settings }: Pick<WorkspacePlugins, "settings"> = configured.get(workspace) ?? {
          settings: [],
        };
        return [workspace, mergePlugins(workspace, discovered.get(workspace) ?? [], settings)];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#changes?.[Symbol.asyncDispose]();
  }
}
