/**
 * Counts everything anew, for when a count was lost or changed from outside. Redis does nothing else meanwhile, about a
 * millisecond for a thousand rows: it is the last resort, when each row is counted rightly and the sums are wrong still.
 */

import { script } from "../scripts/script-runner.ts";
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";

/** KEYS: organizations · ARGV: prefix */
const recountScript = script(`
local prefix = ARGV[1]
local places = {tasks = ':task:', runs = ':run:'}
for what, place in pairs(places) do
  local tally = prefix .. ':tally:' .. what
  local sums = {}
  local function add(field, by) sums[field] = (sums[field] or 0) + by end
  local known = redis.call('HGETALL', tally)
  for i = 1, #known, 2 do
    local agent = string.match(known[i], '^(.*:)forgotten$') or (known[i] == 'forgotten' and '')
    if agent then add(known[i], tonumber(known[i + 1])); add(agent .. 'accepted', tonumber(known[i + 1])) end
  end
  for _, organization in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    local index, from = prefix .. ':index:' .. what .. ':' .. organization, 0
    while true do
      local ids = redis.call('ZRANGE', index, from, from + 999)
      if #ids == 0 then break end
      for _, id in ipairs(ids) do
        local key = prefix .. place .. id
        local row = redis.call('HMGET', key, 'status', 'agent')
        if row[1] then
          local agent = what == 'tasks' and row[2] .. ':' or ''
          add(agent .. 'accepted', 1)
          add(agent .. row[1], 1)
          redis.call('HSET', key, 'tally', row[1])
        end
      end
      from = from + 1000
    end
  end
  redis.call('DEL', tally)
  for field, count in pairs(sums) do redis.call('HSET', tally, field, count) end
end
return 1
`);

export async function recount(store: Store, shard: Shard): Promise<void> {
  await store.scripts.run(recountScript, [shard.organizations()], [shard.prefix]);
}
