import { script } from "@drover/queue";

/**
 * Records that an instance of a step has ended, and so maybe the step; lets its dependents count down once, and answers
 * every dependent that is ready and has not ended; again each time it is called.
 *
 * What a task says counts as its row stands now: who comes late, after the task was opened again, ends nothing.
 *
 * KEYS: run, indegree, dependents, ended, items, task
 * ARGV: step, item (the step's id, or with its index), status ('': what the task's row says), tolerant (1: dependents run after a failure too),
 *   failFast (1: a failure halts the run), fallback ('': has none; 'open': has one to run; 'ran': this is it)
 * → {'', ready steps…} | {'halts'} by its failure no step starts any more | {'fallback'} it is to run now
 */
export const endStepScript = script(`
local step, item, status, tolerant, failFast, fallback = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local run = redis.call('HMGET', KEYS[1], 'halted', 'paused')
if not run[1] then return {''} end
-- What comes before it has not ended, or not any more: whoever says that this has ended knows of former times.
local before = redis.call('HGET', KEYS[2], step)
if before and tonumber(before) > 0 then return {''} end

local task = {}
if status == '' then
  task = redis.call('HMGET', KEYS[6], 'status', 'redo', 'usage', 'tool_calls', 'redone')
  status = task[1]
  if not status or task[2] or (status ~= 'completed' and status ~= 'failed' and status ~= 'cancelled') then return {''} end
end
local function count()
  if not task[3] then return end
  for name, value in pairs(cjson.decode(task[3])) do redis.call('HINCRBYFLOAT', KEYS[1], 'usage:' .. name, value) end
  if not task[4] then return end
  local tools = cjson.decode(redis.call('HGET', KEYS[1], 'usage_tools') or '{}')
  for tool, calls in pairs(cjson.decode(task[4])) do tools[tool] = (tools[tool] or 0) + calls end
  redis.call('HSET', KEYS[1], 'usage_tools', cjson.encode(tools))
end
if status == 'failed' and fallback == 'open' then
  if run[1] ~= '' then status = 'cancelled'
  else
    -- What failed has been used all the same; once for each life of its task.
    local life = task[5] or '0'
    if task[3] and redis.call('HGET', KEYS[5], item .. ':fell') ~= life then
      redis.call('HSET', KEYS[5], item .. ':fell', life)
      count()
    end
    return {'fallback'}
  end
end
if status == 'completed' and fallback == 'ran' then status = 'fallback' end

local halts = status == 'failed' and tolerant ~= '1' and failFast == '1'
if item ~= step then
  if redis.call('HSETNX', KEYS[4], item, status) == 1 then
    count()
    redis.call('HINCRBY', KEYS[5], step .. ':left', -1)
    if status == 'failed' or status == 'cancelled' then redis.call('HINCRBY', KEYS[5], step .. ':' .. status, 1) end
  end
  if halts and run[1] == '' then redis.call('HSET', KEYS[1], 'halted', 'failed') end
  local standing = redis.call('HMGET', KEYS[5], step .. ':left', step .. ':failed', step .. ':cancelled')
  if tonumber(standing[1]) > 0 then return {halts and 'halts' or ''} end
  if tonumber(standing[2] or 0) > 0 then status = 'failed'
  elseif tonumber(standing[3] or 0) > 0 then status = 'cancelled'
  else status = 'completed' end
end

local first = redis.call('HSETNX', KEYS[4], step, status)
if first == 1 then
  if item == step then count() end
else
  status = redis.call('HGET', KEYS[4], step)
end
if halts then
  if run[1] == '' then redis.call('HSET', KEYS[1], 'halted', 'failed') end
  return {'halts'}
end
if status == 'cancelled' or (status == 'failed' and tolerant ~= '1') then return {''} end
local ready = {''}
local dependents = redis.call('HGET', KEYS[3], step)
if dependents then
  for _, dependent in ipairs(cjson.decode(dependents)) do
    local left
    if first == 1 then left = redis.call('HINCRBY', KEYS[2], dependent, -1)
    else left = tonumber(redis.call('HGET', KEYS[2], dependent)) end
    if left <= 0 and redis.call('HEXISTS', KEYS[4], dependent) == 0 then ready[#ready + 1] = dependent end
  end
end
if run[1] ~= '' or run[2] then return {''} end
return ready
`);
