/** What is plugged into the OpenCode instance of each workspace, as its worker last saw it; read by every gateway. */
import { type Plugin, plugin } from "@drover/contracts";
import { json, type Store } from "@drover/queue";
import { z } from "zod";

const keptSeconds = 7 * 24 * 3600;

export class PluginDirectory {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async publish(organizationId: string, workspaceId: string, plugins: readonly Plugin[]): Promise<void> {
    const key = this.#key(organizationId);
    await this.#store.redis
      .multi()
      .hset(key, workspaceId, JSON.stringify(plugins))
      .expire(key, keptSeconds)
      .exec();
  }

  /** Of one workspace, or of all of the organization's. */
  async list(organizationId: string, workspaceId?: string): Promise<Plugin[]> {
    const key = this.#key(organizationId);
    const texts =
      workspaceId === undefined
        ? await this.#store.redis.hvals(key)
        : [await this.#store.redis.hget(key, workspaceId)];
    return texts.flatMap((text) => (text === null ? [] : json(z.array(plugin)).parse(text)));
  }

  #key(organizationId: string): string {
    return `${this.#store.keyspace.shardOf(organizationId).prefix}:plugins:${organizationId}`;
  }
}
