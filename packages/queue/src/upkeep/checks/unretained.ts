/**
 * What is final and stands in no line of what is forgotten in time, so that it would stay for ever. A step is forgotten with
 * its run, and a dead letter's task some time after the letter: these need no place of their own.
 */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import type { LeakCheck } from "../leak-check.ts";
import { indexed, indexedEntry } from "./indexed.ts";

/** KEYS: any of the shard · ARGV: prefix, mend (1: gives them a place), nowMs, names… → those without a place */
const unretainedScript = script(
  indexedEntry,
  `
local prefix = ARGV[1]
local function isHeld(at)
  local row = redis.call('HMGET', at.row, 'run', 'letter')
  if row[1] and row[1] ~= '' and redis.call('EXISTS', prefix .. ':run:' .. row[1]) == 1 then return true end
  return row[2] and redis.call('EXISTS', prefix .. ':letter:' .. row[2]) == 1
end
local found = {}
for i = 4, #ARGV do
  local at = entry(prefix, ARGV[i])
  local line = at.what == 'dead-letters' and 'letters' or at.what
  local key = prefix .. ':ended:' .. line .. ':' .. at.organization
  if not redis.call('ZSCORE', key, at.id) then
    local stays = false
    if at.what == 'dead-letters' then stays = redis.call('EXISTS', at.row) == 1
    elseif isFinal(redis.call('HGET', at.row, 'status')) then stays = at.what == 'runs' or not isHeld(at) end
    if stays then
      found[#found + 1] = ARGV[i]
      if ARGV[2] == '1' then redis.call('ZADD', key, ARGV[3], at.id) end
    end
  end
end
return found
`,
);

async function stays(store: Store, shard: Shard, ids: readonly string[], mend: 0 | 1): Promise<string[]> {
  if (ids.length === 0) return [];
  const args = [shard.prefix, mend, Date.now(), ...ids];
  return z.array(z.string()).parse(await store.scripts.run(unretainedScript, [shard.organizations()], args));
}

export const unretained: LeakCheck = {
  kind: "unretained",
  walk: indexed,
  examine: (store, shard, ids) => stays(store, shard, ids, 0),
  async repair(store, shard, ids) {
    await stays(store, shard, ids, 1);
  },
};
