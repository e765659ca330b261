/**
 * What is plugged into each workspace's OpenCode: told by the worker whenever an instance is ready, read by the API.
 * A workspace that was not seen for a month is forgotten with its organization's record.
 */
import { duringRedis } from "@drover/access";
import { type Plugin, plugin } from "@drover/contracts";
import type { Store } from "@drover/queue";
import { z } from "zod";

const keptSeconds = 30 * 24 * 3600;
const stored = z.array(plugin);

export class DiscoveredPlugins {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Replaces what is known of a workspace, and tells whoever keeps a copy. */
  async save(organizationId: string, workspaceId: string, plugins: readonly Plugin[]): Promise<void> {
    const { keyspace, redis } = this.#store;
    const shard = keyspace.shardOf(organizationId);
    const key = shard.plugins(organizationId);
    await duringRedis(() =>
      redis
        .multi()
        .hset(key, workspaceId, JSON.stringify(plugins))
        .expire(key, keptSeconds)
        .sadd(shard.pluginOrganizations(), organizationId)
        .exec(),
    );
    await duringRedis(() => redis.publish(keyspace.site.pluginChannel(), organizationId));
  }

  /** Of an organization: workspace → what is plugged in there. */
  async ofOrganization(organizationId: string): Promise<Map<string, Plugin[]>> {
    const { keyspace, redis } = this.#store;
    const found = await duringRedis(() =>
      redis.hgetall(keyspace.shardOf(organizationId).plugins(organizationId)),
    );
    return new Map(
      Object.entries(found).map(([workspace, text]) => [workspace, stored.parse(JSON.parse(text))]),
    );
  }

  /** The organizations of which anything is known. */
  async organizations(): Promise<string[]> {
    const { keyspace, redis } = this.#store;
    const found = await duringRedis(() =>
      Promise.all(keyspace.shards.map((shard) => redis.smembers(shard.pluginOrganizations()))),
    );
    return found.flat();
  }
}
