import { taskScript } from "./task-script.ts";

/**
 * ARGV: prefix, id, spec, agent, organization, tenant, run, step, status, time, timeMs, untilMs, unfinishedMax, event, maxAttempts,
 * lane, admitted (1: past all limits), startByMs or '', endByMs or '',
 * apart (1: it needs no slot of its workspace)
 * → {1, its priority in the queue} | {2, likewise} it ended before, and is done again | {0, likewise} it exists
 *   | {3, likewise} it exists and its job is not there: who accepted it died before adding one
 *   | {-1, how many are unfinished} the queue is full | {-2} its run starts nothing any more, or not this step yet
 *   | {-3, used, most, scope} a quota is reached | {-4, used, most, scope, 'cost_usd' or 'tokens', period} a budget is used up
 */
export const acceptScript = taskScript(`
-- The epoch goes on, so that whoever held the task before can change nothing of its new life; the events tell both.
local function reopen(letter, organization)
  if letter then
    redis.call('DEL', prefix .. ':letter:' .. letter)
    redis.call('ZREM', prefix .. ':index:dead-letters:' .. organization, letter)
    redis.call('ZREM', prefix .. ':ended:letters:' .. organization, letter)
  end
  local record = prefix .. ':task:' .. id
  redis.call('DEL', record .. ':result')
  redis.call('HDEL', KEYS[1], 'redo', 'letter', 'error', 'started_at', 'finished_at', 'cancel', 'cancelled_by', 'usage',
    'start_by', 'end_by', 'checkpoint', 'apart', 'tool_calls', 'spent', 'spent_by', 'usage_before', 'tool_calls_before')
  redis.call('HINCRBY', KEYS[1], 'redone', 1)
  redis.call('SREM', prefix .. ':run:' .. ARGV[7] .. ':redo', id)
end
local run, outcome = ARGV[7], 1
if run ~= '' then
  local standing = redis.call('HMGET', prefix .. ':run:' .. run, 'status', 'halted')
  if not standing[1] or isFinal(standing[1]) or standing[2] ~= '' then return {-2} end
  -- Who was told that the step is ready may have been told so long ago, or by a server that has been replaced since.
  local step = ARGV[8]:gsub('%.fallback$', ''):gsub('%[%d+%]$', '')
  local left = redis.call('HGET', prefix .. ':run:' .. run .. ':indegree', step)
  if left and tonumber(left) > 0 then return {-2} end
end
local known = redis.call('HMGET', KEYS[1], 'status', 'redo', 'letter', 'priority')
if known[1] then
  if not known[2] then
    -- A job that has ended must not be added again: as a child it would hold its run open for ever.
    local queue, place = ARGV[4] == 'control' and 'workflow' or ARGV[4], tonumber(known[4]) or 1
    if isFinal(known[1]) or redis.call('EXISTS', prefix .. ':' .. queue .. ':' .. id) == 1 then return {0, place} end
    return {3, place}
  end
  outcome = 2
  reopen(known[3], ARGV[5])
end
local agent, organization, tenant = ARGV[4], ARGV[5], ARGV[6]
local unfinished = prefix .. ':unfinished:agent:' .. agent
local max = tonumber(ARGV[13])
if max > 0 then
  local size = redis.call('SCARD', unfinished)
  if size >= max then return {-1, size} end
end
if ARGV[17] ~= '1' then
  local reached = quotaReached('queued_max', 'queued', organization, tenant, agent)
  if reached then return {-3, reached[2], reached[3], reached[1]} end
  local spent = budgetReached(organization, tenant, agent)
  if spent then return {-4, tostring(spent[2]), tostring(spent[3]), spent[1], spent[4], spent[5]} end
end
if not known[1] then
  about = {organization = organization, tenant = tenant, agent = agent, lane = ARGV[16], run = run, step = ARGV[8]}
  changes = {'epoch', 0, 'delivery', 0}
end
put('spec', ARGV[3], 'agent', agent, 'organization', organization, 'tenant', tenant,
  'run', ARGV[7], 'step', ARGV[8], 'status', ARGV[9], 'until', ARGV[12], 'attempt', 0, 'max', ARGV[15],
  'lane', ARGV[16])
if ARGV[20] ~= '' then put('apart', ARGV[20]) end
if ARGV[18] ~= '' then put('start_by', ARGV[18]) end
if ARGV[19] ~= '' then put('end_by', ARGV[19]) end
if ARGV[18] ~= '' or ARGV[19] ~= '' then arm(ARGV[18], ARGV[19]) end
if run ~= '' then
  redis.call('SADD', prefix .. ':run:' .. run .. ':tasks', ARGV[8])
  redis.call('SADD', prefix .. ':run:' .. run .. ':live', ARGV[8])
end
local place = enter(agent)
redis.call('ZADD', prefix .. ':waiting:' .. agent, ARGV[12] ~= '' and ARGV[12] or ARGV[11], id)
redis.call('ZADD', prefix .. ':index:tasks:' .. organization, 0, id)
redis.call('SADD', prefix .. ':organizations', organization)
move(agent, ARGV[9])
writeOut()
emit('queued', ARGV[10], ARGV[14])
return {outcome, place}
`);
