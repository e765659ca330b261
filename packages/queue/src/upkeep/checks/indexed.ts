/** Walks through what the ledger knows, by its indexes: `<index> <id>`, the index without the prefix. */
import type { Shard } from "../../shard.ts";
import { indexedIn, type Walk, walkParts } from "../walk.ts";

type Index = Parameters<Shard["index"]>[0];

export function indexedAs(indexes: readonly Index[]): Walk {
  return walkParts(async (store, shard) => {
    const organizations = (await store.redis.smembers(shard.organizations())).sort();
    return indexes.flatMap((what) =>
      organizations.map((organization) => {
        const key = shard.index(what, organization);
        return {
          key,
          name: (id: string) => `${key.slice(shard.prefix.length + 1)} ${id}`,
          read: indexedIn,
        };
      }),
    );
  });
}

/** What has a life of its own. */
export const indexed = indexedAs(["tasks", "runs", "dead-letters"]);

/** Lua: takes such a name apart, and says where the row is. */
export const indexedEntry = `
local places = {tasks = ':task:', runs = ':run:', ['dead-letters'] = ':letter:', approvals = ':approval:'}
local function entry(prefix, name)
  local index, id = string.match(name, '^(.+) (%S+)$')
  local what, organization = string.match(index, '^index:([%l-]+):(.*)$')
  return {index = prefix .. ':' .. index, id = id, what = what, organization = organization,
    row = prefix .. places[what] .. id}
end
local function isFinal(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end
`;
