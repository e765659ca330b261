/**
 * Rows that are counted under another status than they have: changed by an older version of Drover, or by hand. Each row
 * remembers how it was counted, so it is put right by itself, whatever happens to others meanwhile.
 */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import type { LeakCheck } from "../leak-check.ts";
import { indexed, indexedEntry } from "./indexed.ts";

/** KEYS: any of the shard · ARGV: prefix, mend (1: counts them anew), names… → those counted otherwise than they are */
const driftScript = script(
  indexedEntry,
  `
local found = {}
for i = 3, #ARGV do
  local at = entry(ARGV[1], ARGV[i])
  if at.what ~= 'dead-letters' then
    local row = redis.call('HMGET', at.row, 'status', 'tally', 'agent')
    if row[1] and row[1] ~= row[2] then
      found[#found + 1] = ARGV[i]
      if ARGV[2] == '1' then
        local field = at.what == 'tasks' and row[3] .. ':' or ''
        local tally = ARGV[1] .. ':tally:' .. at.what
        redis.call('HINCRBY', tally, field .. (row[2] or 'accepted'), row[2] and -1 or 1)
        redis.call('HINCRBY', tally, field .. row[1], 1)
        redis.call('HSET', at.row, 'tally', row[1])
      end
    end
  end
end
return found
`,
);

async function drifted(store: Store, shard: Shard, ids: readonly string[], mend: 0 | 1): Promise<string[]> {
  if (ids.length === 0) return [];
  const args = [shard.prefix, mend, ...ids];
  return z.array(z.string()).parse(await store.scripts.run(driftScript, [shard.organizations()], args));
}

export const counterDrift: LeakCheck = {
  kind: "counter_drift",
  walk: indexed,
  examine: (store, shard, ids) => drifted(store, shard, ids, 0),
  async repair(store, shard, ids) {
    await drifted(store, shard, ids, 1);
  },
};
