/**
 * What every tenant has in Drover now, counted with each change of a task: queued and active, in all and by agent, and how
 * many stand in each lane. Quotas and places in a lane are read from here.
 *
 * The row says under what it is counted (`load`), so a change that happens twice is counted once, whatever comes between.
 * Steps that hold no worker (agent `control`) are not counted.
 */
import { laneSize, lanes, lastPlace, turnsAtPlace } from "../lane.ts";

/**
 * A scope is an organization (`acme`) or one of its workspaces (`acme/ws-1`; `acme/` for what has none).
 * `quotas` holds `<scope>|<limit>` and `<scope>|<limit>|<agent>`; `*` and `*` + `/*` stand for who has none of its own.
 */
export const loadPrelude = `
local function workspaceScope(tenant)
  if string.find(tenant, '/', 1, true) then return tenant end
  return tenant .. '/'
end
local function count(scope, field, by)
  local key = prefix .. ':load:' .. scope
  local now = redis.call('HINCRBY', key, field, by)
  if now <= 0 then redis.call('HDEL', key, field) end
  return now
end
local laneStart = {urgent = ${lanes.urgent * laneSize}, normal = ${lanes.normal * laneSize}, batch = ${lanes.batch * laneSize}}
-- Counts the task at KEYS[1] under 'queued', 'active' or '' (it has ended). Answers the place in its lane when it came in.
local function shift(to)
  local row = about and {about.organization, about.tenant, about.agent, about.load, about.lane}
    or redis.call('HMGET', KEYS[1], 'organization', 'tenant', 'agent', 'load', 'lane')
  local agent, from, lane = row[3], row[4] or '', row[5] or 'normal'
  if from == to then return nil end
  if about then about.load = to end
  put('load', to)
  if agent == 'control' then return (laneStart[lane] or 0) + 1 end
  local nth = {}
  for i, scope in ipairs({row[1], workspaceScope(row[2])}) do
    if from ~= '' then count(scope, from, -1); count(scope, from .. ':' .. agent, -1) end
    if to ~= '' then count(scope, to, 1); count(scope, to .. ':' .. agent, 1) end
    if from == '' then nth[i] = count(scope, 'lane:' .. agent .. ':' .. lane, 1) end
    if to == '' then count(scope, 'lane:' .. agent .. ':' .. lane, -1) end
  end
  if from ~= '' then return nil end
  return laneStart[lane] + (math.min(nth[2], ${lastPlace}) - 1) * ${turnsAtPlace} + math.min(nth[1], ${turnsAtPlace})
end
-- The first quota that leaves no room for one more: {ref, used, most}.
local function quotaReached(limit, what, organization, tenant, agent)
  if agent == 'control' then return nil end
  local has = string.find(tenant, '/', 1, true)
  local fields = {organization .. '|' .. limit, '*|' .. limit, organization .. '|' .. limit .. '|' .. agent}
  if has then
    fields[4] = tenant .. '|' .. limit; fields[5] = '*/*|' .. limit; fields[6] = tenant .. '|' .. limit .. '|' .. agent
  end
  local set = redis.call('HMGET', prefix .. ':quotas', unpack(fields))
  local function over(scope, field, ref, text)
    local most = text and tonumber(text)
    if not most then return nil end
    local used = tonumber(redis.call('HGET', prefix .. ':load:' .. scope, field)) or 0
    if used >= most then return {ref, used, most} end
  end
  local byAgent = what .. ':' .. agent
  return (has and over(tenant, byAgent, tenant .. ' ' .. agent, set[6]))
    or (has and over(tenant, what, tenant, set[4] or set[5]))
    or over(organization, byAgent, organization .. ' ' .. agent, set[3])
    or over(organization, what, organization, set[1] or set[2])
    or nil
end
`;
