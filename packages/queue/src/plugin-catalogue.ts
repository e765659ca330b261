/**
 * What is plugged into each workspace's OpenCode: told by the worker whenever an instance is ready, read by the API.
 * A workspace that was not seen for a month is forgotten with its organization's record.
 */
import { type Plugin, plugin } from "@drover/contracts";
import { z } from "zod";
import type { Visible } from "./index-page.ts";
import type { Store } from "./store.ts";
import { json } from "./task-row.ts";

const keptSeconds = 30 * 24 * 3600;
const stored = json(z.array(plugin));

export class PluginCatalogue {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Replaces what is known of a workspace. */
  async save(organizationId: string, workspaceId: string, plugins: readonly Plugin[]): Promise<void> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const key = shard.plugins(organizationId);
    await this.#store.redis
      .multi()
      .hset(key, workspaceId, JSON.stringify(plugins))
      .expire(key, keptSeconds)
      .sadd(shard.pluginOrganizations(), organizationId)
      .exec();
  }

  /** @param workspaceId null: of every workspace */
  async list(visible: Visible, workspaceId: string | null): Promise<Plugin[]> {
    const found: Plugin[] = [];
    for (const shard of this.#store.keyspace.shards) {
      const organizations =
        visible === "all"
          ? await this.#store.redis.smembers(shard.pluginOrganizations())
          : visible.filter((organization) => this.#store.keyspace.shardOf(organization) === shard);
      for (const organization of organizations.sort()) {
        const workspaces = await this.#store.redis.hgetall(shard.plugins(organization));
        for (const [workspace, text] of Object.entries(workspaces)) {
          if (workspaceId === null || workspace === workspaceId) found.push(...stored.parse(text));
        }
      }
    }
    return found;
  }
}
