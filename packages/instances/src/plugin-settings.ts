/**
 * What each workspace wants plugged into its OpenCode, in Redis: written by the API, read by the worker before each task.
 * A change is one compare-and-set, so two callers at once lose nothing of each other.
 */
import { isDeepStrictEqual } from "node:util";
import { duringRedis } from "@drover/access";
import { DroverError } from "@drover/errors";
import type { Store } from "@drover/queue";
import { type PluginSetting, type WorkspacePlugins, workspacePlugins } from "./plugin-setting.ts";

const settingsMax = 64;
const bytesMax = 512 * 1024;
const triesMax = 10;
const none: WorkspacePlugins = { revision: 0, settings: [] };

/** KEYS: the hash · ARGV: workspace, text before (empty: none), text after → 1 | 0 somebody else was faster */
const replaceScript = `
local present = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if present ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`;

export class PluginSettings {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async ofWorkspace(organizationId: string, workspaceId: string): Promise<WorkspacePlugins> {
    return parse(await this.#text(organizationId, workspaceId));
  }

  /** Of an organization: workspace → its configuration. */
  async ofOrganization(organizationId: string): Promise<Map<string, WorkspacePlugins>> {
    const found = await duringRedis(() => this.#store.redis.hgetall(this.#key(organizationId)));
    return new Map(Object.entries(found).map(([workspace, text]) => [workspace, parse(text)]));
  }

  /** The organizations that have any. */
  async organizations(): Promise<string[]> {
    const { keyspace, redis } = this.#store;
    const found = await duringRedis(() =>
      Promise.all(keyspace.shards.map((shard) => redis.smembers(shard.pluginSettingOrganizations()))),
    );
    return found.flat();
  }

  /**
   * Changes a workspace's configuration as a whole, and tells whoever keeps a copy. What changes nothing is no new revision.
   * @param change answers the settings as they shall be; it may be asked again
   * @throws DroverError validation_failed when they are more than a workspace may have
   */
  async change(
    organizationId: string,
    workspaceId: string,
    change: (settings: readonly PluginSetting[]) => readonly PluginSetting[],
  ): Promise<void> {
    const { redis, keyspace } = this.#store;
    const key = this.#key(organizationId);
    for (let attempt = 0; attempt < triesMax; attempt += 1) {
      const before = await this.#text(organizationId, workspaceId);
      const { revision, settings } = parse(before);
      const changed = change(settings);
      if (isDeepStrictEqual(changed, settings)) return;
      const after = JSON.stringify({ revision: revision + 1, settings: changed });
      requireRoom(changed.length, after);
      const written = await duringRedis(async () => {
        await redis.sadd(keyspace.shardOf(organizationId).pluginSettingOrganizations(), organizationId);
        return await redis.eval(replaceScript, 1, key, workspaceId, before ?? "", after);
      });
      if (written !== 1) continue;
      await duringRedis(() => redis.publish(keyspace.site.pluginChannel(), organizationId));
      return;
    }
    throw new DroverError("conflict", { detail: "The workspace's plugins are being changed by others." });
  }

  #key(organizationId: string): string {
    return this.#store.keyspace.shardOf(organizationId).pluginSettings(organizationId);
  }

  async #text(organizationId: string, workspaceId: string): Promise<string | null> {
    return await duringRedis(() => this.#store.redis.hget(this.#key(organizationId), workspaceId));
  }
}

function parse(text: string | null): WorkspacePlugins {
  return text === null ? none : workspacePlugins.parse(JSON.parse(text));
}

function requireRoom(count: number, text: string): void {
  if (count <= settingsMax && Buffer.byteLength(text) <= bytesMax) return;
  const detail = `a workspace has at most ${settingsMax} plugins, of ${bytesMax / 1024} KiB together; delete one first`;
  throw new DroverError("validation_failed", { validations: [{ field: "spec", detail }] });
}
