/** Walks through everything that the ledger knows, by its indexes: `<index> <id>`, the index without the prefix. */
import { indexedIn, type Walk, walkParts } from "../walk.ts";

export const indexed: Walk = walkParts(async (store, shard) => {
  const organizations = (await store.redis.smembers(shard.organizations())).sort();
  return (["tasks", "runs", "dead-letters"] as const).flatMap((what) =>
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

/** Lua: takes such a name apart, and says where the row is. */
export const indexedEntry = `
local places = {tasks = ':task:', runs = ':run:', ['dead-letters'] = ':letter:'}
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
