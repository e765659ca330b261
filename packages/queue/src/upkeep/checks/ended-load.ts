/**
 * Tasks that have ended and are still counted in a quota: a worker of an older version ended them. They are in no set of
 * unfinished ones any more, so they are looked for among all.
 */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { LeakCheck } from "../leak-check.ts";
import { indexedIn, walkParts } from "../walk.ts";
import { loadDrift } from "./load-drift.ts";

/** KEYS: any of the shard · ARGV: prefix, ids… → those that have ended and are counted */
const endedLoadScript = script(`
local found = {}
for i = 2, #ARGV do
  local row = redis.call('HMGET', ARGV[1] .. ':task:' .. ARGV[i], 'status', 'load')
  local over = row[1] == 'completed' or row[1] == 'failed' or row[1] == 'cancelled'
  if over and row[2] and row[2] ~= '' then found[#found + 1] = ARGV[i] end
end
return found
`);

export const endedLoad: LeakCheck = {
  kind: "load_drift",
  walk: walkParts(async (store, shard) => {
    const organizations = (await store.redis.smembers(shard.organizations())).sort();
    return organizations.map((organization) => ({
      key: shard.index("tasks", organization),
      read: indexedIn,
    }));
  }),
  examine: async (store, shard, ids) => {
    if (ids.length === 0) return [];
    const found = await store.scripts.run(endedLoadScript, [shard.organizations()], [shard.prefix, ...ids]);
    return z.array(z.string()).parse(found);
  },
  repair: loadDrift.repair,
};
