/**
 * Keys that belong to a task, run or letter that is gone, approvals among them, rows that no index knows, and usage that would
 * never go away: found by looking at every key there is, slowly. The first are deleted, the second are put into their index,
 * the third are given their time.
 */
import { usageDaysMax } from "@drover/contracts";
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import type { LeakCheck } from "../leak-check.ts";
import { scanned } from "./scanned.ts";

/** KEYS: any of the shard · ARGV: prefix, mend, how long usage is kept in seconds, keys without the prefix… → those that belong to nothing */
const strayScript = script(`
local prefix, mend = ARGV[1], ARGV[2] == '1'
local final = {completed = true, failed = true, cancelled = true}
local found = {}
local function unindexed(what, id, organization)
  local index = prefix .. ':index:' .. what .. ':' .. (organization or '')
  if redis.call('ZSCORE', index, id) then return false end
  if mend and organization then redis.call('ZADD', index, 0, id) end
  return true
end
local function isStray(name)
  local key = prefix .. ':' .. name
  if redis.call('EXISTS', key) == 0 then return false end
  local kind, id, rest = string.match(name, '^(%l+):([%w_]+)(.*)$')
  if kind == 'task' or kind == 'run' then
    if rest == '' then
      return unindexed(kind == 'task' and 'tasks' or 'runs', id, redis.call('HGET', key, 'organization'))
    end
    if redis.call('EXISTS', prefix .. ':' .. kind .. ':' .. id) == 1 then return false end
    if mend then redis.call('DEL', key) end
    return true
  end
  if kind == 'approval' then
    local row = redis.call('HMGET', key, 'task', 'organization')
    if row[1] and redis.call('EXISTS', prefix .. ':task:' .. row[1]) == 1 then return false end
    if mend then
      redis.call('DEL', key)
      redis.call('ZREM', prefix .. ':index:approvals:' .. (row[2] or ''), id)
    end
    return true
  end
  -- What was used goes away in time by itself: one of these keys that lost its time would stay for ever.
  if kind == 'usage' or kind == 'spent' then
    if redis.call('TTL', key) >= 0 then return false end
    if mend then redis.call('EXPIRE', key, kind == 'usage' and tonumber(ARGV[3]) or 32 * 86400) end
    return true
  end
  if kind == 'letter' and rest == '' then
    local letter = cjson.decode(redis.call('GET', key))
    return unindexed('dead-letters', id, letter.organization_id)
  end
  if string.match(name, '^unfinished:tenant:') then
    local stray = false
    for _, task in ipairs(redis.call('SRANDMEMBER', key, 100)) do
      local status = redis.call('HGET', prefix .. ':task:' .. task, 'status')
      if not status or final[status] then
        stray = true
        if mend then redis.call('SREM', key, task) end
      end
    end
    return stray
  end
  return false
end
for i = 4, #ARGV do
  if isStray(ARGV[i]) then found[#found + 1] = ARGV[i] end
end
return found
`);

async function strays(store: Store, shard: Shard, ids: readonly string[], mend: 0 | 1): Promise<string[]> {
  if (ids.length === 0) return [];
  const args = [shard.prefix, mend, (usageDaysMax + 1) * 86_400, ...ids];
  return z.array(z.string()).parse(await store.scripts.run(strayScript, [shard.organizations()], args));
}

export const strayKey: LeakCheck = {
  kind: "stray_key",
  walk: scanned,
  examine: (store, shard, ids) => strays(store, shard, ids, 0),
  async repair(store, shard, ids) {
    await strays(store, shard, ids, 1);
  },
};
