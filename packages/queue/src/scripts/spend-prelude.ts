/**
 * What work has used: added to its task, to its day, and to what counts against the budgets of its workspace and its
 * organization, in the script that writes what came of it. So nothing is counted without being written, or twice.
 *
 * A worker says how much its hold has used so far, in all. What it has said before under the same hold is taken off, so it
 * may say the same again, and what it has said as it went is there even when it dies.
 */
import { agentCatalogue, usageDaysMax } from "@drover/contracts";

const modelAgents = agentCatalogue
  .filter((agent) => agent.usesModel === true)
  .map((agent) => `${agent.name} = true`)
  .join(", ");

const daySeconds = 24 * 3600;

/**
 * `usage:<organization>:<day>` holds `<workspace>|<agent>|<what>`; `spent:<scope>` holds the present day and month with what
 * was used in each; `quotas` holds `<scope>|budget` as JSON. Days are those of the server's clock, by UTC.
 */
export const spendPrelude = `
local usesModel = {${modelAgents}}
local function today()
  local days = math.floor(tonumber(redis.call('TIME')[1]) / ${daySeconds})
  -- Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local day = doy - math.floor((153 * mp + 2) / 5) + 1
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02d', year, month, day), days
end
-- Counts against the budgets of a scope, in the present day and month.
local function addToPeriods(scope, date, cost, tokens)
  local key, month = prefix .. ':spent:' .. scope, string.sub(date, 1, 7)
  local at = redis.call('HMGET', key, 'day', 'month')
  if at[1] ~= date then redis.call('HSET', key, 'day', date, 'day:cost_usd', 0, 'day:tokens', 0) end
  if at[2] ~= month then redis.call('HSET', key, 'month', month, 'month:cost_usd', 0, 'month:tokens', 0) end
  for _, period in ipairs({'day', 'month'}) do
    redis.call('HINCRBYFLOAT', key, period .. ':cost_usd', cost)
    redis.call('HINCRBYFLOAT', key, period .. ':tokens', tokens)
  end
  redis.call('EXPIRE', key, ${32 * daySeconds})
end
-- Whether the budget of a scope is used up: {scope, used, most, 'cost_usd' or 'tokens', period}.
local function overBudget(scope, text)
  if not text then return nil end
  local budget = cjson.decode(text)
  local period, date = budget.period, today()
  local spent = redis.call('HMGET', prefix .. ':spent:' .. scope, period, period .. ':cost_usd', period .. ':tokens')
  if spent[1] ~= (period == 'day' and date or string.sub(date, 1, 7)) then return nil end
  for i, what in ipairs({'cost_usd', 'tokens'}) do
    local used, most = tonumber(spent[i + 1]) or 0, budget[what]
    if most and used >= most then return {scope, used, most, what, period} end
  end
end
-- The budget that leaves this agent's tasks nothing to use, or nil.
local function budgetReached(organization, tenant, agent)
  if not usesModel[agent] then return nil end
  local fields = {organization .. '|budget'}
  if tenant ~= organization then fields[2] = tenant .. '|budget' end
  local set = redis.call('HMGET', prefix .. ':quotas', unpack(fields))
  return overBudget(tenant, set[2]) or overBudget(organization, set[1])
end
local function budgetOfScope(scope)
  return overBudget(scope, redis.call('HGET', prefix .. ':quotas', scope .. '|budget'))
end
-- 'text': all that this hold has used so far, as JSON; '' is nothing.
local function spend(text)
  if text == '' then return end
  local row = redis.call('HMGET', KEYS[1], 'epoch', 'spent_by', 'spent', 'usage', 'tool_calls', 'organization', 'tenant', 'agent')
  local isFirst = row[2] ~= row[1]
  local now, before = cjson.decode(text), isFirst and {} or cjson.decode(row[3])
  local total, tools = row[4] and cjson.decode(row[4]) or {}, row[5] and cjson.decode(row[5]) or {}
  local organization, tenant, agent = row[6], row[7], row[8]
  local date, dayNumber = today()
  -- A step that ran another workflow tells what that has used: it was counted there.
  local counts = agent ~= 'control'
  local key = prefix .. ':usage:' .. organization .. ':' .. date
  local of = (string.match(tenant, '/(.*)$') or '') .. '|' .. agent .. '|'
  local function grow(name, value, old)
    local by = value - (old or 0)
    if by <= 0 then return 0 end
    if counts then redis.call('HINCRBYFLOAT', key, of .. name, by) end
    return by
  end
  local grown = {}
  for _, name in ipairs({'input_tokens', 'output_tokens', 'cost_usd', 'duration_ms'}) do
    grown[name] = grow(name, now[name] or 0, before[name])
    total[name] = (total[name] or 0) + grown[name]
    now[name] = math.max(now[name] or 0, before[name] or 0)
  end
  local known = before.tool_calls or {}
  for tool, calls in pairs(now.tool_calls or {}) do
    tools[tool] = (tools[tool] or 0) + grow('tool:' .. tool, calls, known[tool])
    known[tool] = math.max(calls, known[tool] or 0)
  end
  now.tool_calls = known
  put('usage', cjson.encode(total), 'spent', cjson.encode(now), 'spent_by', row[1])
  if next(tools) then put('tool_calls', cjson.encode(tools)) end
  if not counts then return end
  if isFirst then redis.call('HINCRBYFLOAT', key, of .. 'attempts', 1) end
  if redis.call('TTL', key) < 0 then
    redis.call('EXPIRE', key, ${(usageDaysMax + 1) * daySeconds})
    redis.call('ZADD', prefix .. ':usage-organizations', dayNumber, organization)
  end
  local cost, tokens = grown.cost_usd, grown.input_tokens + grown.output_tokens
  if cost <= 0 and tokens <= 0 then return end
  addToPeriods(organization, date, cost, tokens)
  if tenant ~= organization then addToPeriods(tenant, date, cost, tokens) end
end
`;
