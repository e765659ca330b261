/**
 * What a task needs beside a worker, and the lines in which parked tasks stand for it. A line belongs to one thing that has
 * no room: a workspace's slot, a quota, or a budget. Who gives something back looks who can go now and answers it; the caller
 * promotes the job (wake.ts). Nobody looks by itself while it waits.
 *
 * A waiter whose own need is met but who lacks something else moves to the line for that, so no wake is lost on it.
 * Who was called stands in `woken` until it claims: if the caller died in between, the sweeper calls again.
 */

/** How many waiters one change looks at: the sweeper goes on where this stops. */
const looksMax = 100;

export const linePrelude = `
local function lineKey(thing) return prefix .. ':' .. thing .. ':line' end
-- Why this task may not run now, or nil: {thing, code, ref, used, most, and of a budget: of what, in which period}.
local function lacks(task, organization, tenant, agent, needsSlot, isActive)
  if needsSlot and string.find(tenant, '/', 1, true) then
    local holder = redis.call('GET', prefix .. ':slot:' .. tenant)
    if holder and holder ~= task then return {'slot:' .. tenant, 'no_free_slot', holder, 1, 1} end
  end
  if isActive then return nil end
  local reached = quotaReached('active_max', 'active', organization, tenant, agent)
  if reached then return {'quota:' .. reached[1], 'quota_exceeded', reached[1], reached[2], reached[3]} end
  local spent = budgetReached(organization, tenant, agent)
  if spent then return {'budget:' .. spent[1], 'budget_exceeded', spent[1], spent[2], spent[3], spent[4], spent[5]} end
end
local function leaveLine(key, task)
  local row = redis.call('HMGET', key, 'line', 'run')
  if not row[1] then return end
  if row[1] == 'held' then
    redis.call('SREM', prefix .. ':run:' .. row[2] .. ':held', task)
  else
    redis.call('ZREM', lineKey(row[1]), task)
    if redis.call('EXISTS', lineKey(row[1])) == 0 then redis.call('SREM', prefix .. ':lines', row[1]) end
  end
  redis.call('ZREM', prefix .. ':woken', task)
  redis.call('HDEL', key, 'line', 'parked_for')
end
local function standIn(key, task, lack)
  leaveLine(key, task)
  redis.call('HSET', key, 'line', lack[1],
    'parked_for', cjson.encode({code = lack[2], ref = lack[3], n = lack[4], m = lack[5], what = lack[6], period = lack[7]}))
  local place = redis.call('HGET', key, 'priority') or 0
  redis.call('ZADD', lineKey(lack[1]), place, task)
  redis.call('SADD', prefix .. ':lines', lack[1])
end
-- Calls up to 'most' waiters of a line that can go now, adding {id, agent} to 'called'.
local function callNext(thing, most, called)
  local line = lineKey(thing)
  for _ = 1, ${looksMax} do
    if most <= 0 then break end
    local task = redis.call('ZRANGE', line, 0, 0)[1]
    if not task then break end
    local key = prefix .. ':task:' .. task
    local row = redis.call('HMGET', key, 'organization', 'tenant', 'agent', 'slot', 'status')
    local lack = row[5] == 'parked'
      and lacks(task, row[1], row[2], row[3], row[4] == '1' or string.sub(thing, 1, 5) == 'slot:', false)
    if lack and lack[1] == thing then break end
    redis.call('ZREM', line, task)
    if lack then
      standIn(key, task, lack)
    elseif row[5] == 'parked' then
      redis.call('ZADD', prefix .. ':woken', redis.call('TIME')[1], task)
      called[#called + 1] = task; called[#called + 1] = row[3]
      most = most - 1
    end
  end
  if redis.call('EXISTS', line) == 0 then redis.call('SREM', prefix .. ':lines', thing) end
end
-- How many more a line's thing would let in now.
local function roomOf(thing)
  if string.sub(thing, 1, 5) == 'slot:' then return 1 - redis.call('EXISTS', prefix .. ':' .. thing) end
  if string.sub(thing, 1, 7) == 'budget:' then return budgetOfScope(string.sub(thing, 8)) and 0 or ${looksMax} end
  local ref = string.sub(thing, 7)
  local scope, agent = string.match(ref, '^(%S+) (%S+)$')
  local all = string.find(scope or ref, '/', 1, true) and '*/*|active_max' or '*|active_max'
  local limit = (scope or ref) .. '|active_max' .. (agent and '|' .. agent or '')
  local set = redis.call('HMGET', prefix .. ':quotas', limit, all)
  local most = tonumber(set[1] or (not agent and set[2]) or 'none')
  if not most then return ${looksMax} end
  local used = redis.call('HGET', prefix .. ':load:' .. (scope or ref), agent and 'active:' .. agent or 'active')
  return most - (tonumber(used) or 0)
end
-- Calls who can go now that something of this tenant may have been given back.
local function callAll(organization, tenant, agent, slotFreed)
  local called = {}
  if slotFreed then callNext('slot:' .. tenant, 1, called) end
  if redis.call('EXISTS', prefix .. ':lines') == 0 then return called end
  if not slotFreed then callNext('slot:' .. tenant, roomOf('slot:' .. tenant), called) end
  for _, scope in ipairs({tenant, organization}) do
    callNext('quota:' .. scope .. ' ' .. agent, 1, called)
    callNext('quota:' .. scope, 1, called)
    if tenant == organization then break end
  end
  return called
end
-- Gives back all that the task at KEYS[1] holds, and counts it under 'to' from now on. Answers who is called by it.
local function release(to)
  local row = about and {about.organization, about.tenant, about.agent}
    or redis.call('HMGET', KEYS[1], 'organization', 'tenant', 'agent')
  shift(to)
  local slot = prefix .. ':slot:' .. row[2]
  -- Only a workspace has one.
  local slotFreed = string.find(row[2], '/', 1, true) and redis.call('GET', slot) == id
  if slotFreed then redis.call('DEL', slot) end
  if not about or about.line then leaveLine(KEYS[1], id) end
  return callAll(row[1], row[2], row[3], slotFreed)
end
`;
