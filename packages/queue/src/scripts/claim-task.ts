import { taskScript } from "./task-script.ts";

/**
 * Takes a task with all that it needs, or parks it for the first thing that it lacks: nothing is held while it waits.
 * ARGV: prefix, id, worker, time, retentionSeconds, needsSlot (1: it works in a workspace, unless
 * its row says that it works apart), slotLeaseMs, lookAgainMs, nowMs
 * → {'missing'} | {'final', status} | {'cancelled', {who may start by that: id, agent, …}}
 *   | {'parked', parked_for as JSON, key of the line, {who may start by that}}
 *   | {'exhausted'|'claimed', epoch, attempt, delivery, spec, endByMs or ''}
 *   | {'expired', epoch, attempt, delivery, spec, code}
 */
export const claimScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'status', 'cancel', 'attempt', 'spec', 'agent', 'tenant', 'run', 'max',
  'organization', 'load', 'line', 'parked_for', 'start_by', 'end_by', 'step', 'lane', 'tally', 'epoch', 'delivery', 'started_at',
  'apart')
local status, agent, tenant, run, organization = row[1], row[5], row[6], row[7], row[9]
local startBy, endBy = row[13], row[14]
if not status then return {'missing'} end
if isFinal(status) then return {'final', status} end
about = {organization = organization, tenant = tenant, agent = agent, load = row[10], lane = row[16], tally = row[17],
  run = run, step = row[15], line = row[11], status = status, endBy = endBy}
local of = run ~= '' and redis.call('HMGET', prefix .. ':run:' .. run, 'halted', 'paused', 'paused_by') or {}
-- A step of a run that was halted never starts, whoever died while cancelling the steps.
if row[2] or (of[1] and of[1] ~= '') then
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  redis.call('HSET', KEYS[1], 'status', 'cancelled', 'finished_at', ARGV[4])
  move(agent, 'cancelled')
  local called = leave(agent, tenant)
  emit('cancelled', ARGV[4], '{}')
  if run == '' then keepFor(ARGV[5]) end
  return {'cancelled', called}
end
local nowMs = tonumber(ARGV[9])
-- Nobody could take it while its run was paused: its time to start begins again.
if row[11] == 'held' and startBy then
  startBy = string.format('%.0f', nowMs + cjson.decode(row[4]).start_timeout_seconds * 1000)
  redis.call('HSET', KEYS[1], 'start_by', startBy)
  arm(startBy, endBy or '')
end
local late = (endBy and tonumber(endBy) <= nowMs and 'total_timed_out')
  or (startBy and tonumber(startBy) <= nowMs and 'start_timed_out')
local exhausted = tonumber(row[3]) >= tonumber(row[8])
if late or exhausted then
  local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  local delivery = tonumber(redis.call('HGET', KEYS[1], 'delivery'))
  if late then return {'expired', epoch, tonumber(row[3]), delivery, row[4], late} end
  return {'exhausted', epoch, tonumber(row[3]), delivery, row[4], endBy or ''}
end

local needsSlot = ARGV[6] == '1' and not row[21]
local lack
if of[2] then lack = {'held', 'workflow_paused', run, 0, 0}
else lack = lacks(id, organization, tenant, agent, needsSlot, row[10] == 'active') end
if lack then
  local called = release('queued')
  local line
  if lack[1] == 'held' then
    line = prefix .. ':run:' .. run .. ':held'
    redis.call('SADD', line, id)
    redis.call('HSET', KEYS[1], 'line', 'held', 'parked_for',
      cjson.encode({code = lack[2], ref = run, by = of[3] or nil, since = of[2]}))
  else
    line = lineKey(lack[1])
    standIn(KEYS[1], id, lack)
  end
  -- Whoever ran it before has lost it.
  if status == 'running' then redis.call('HINCRBY', KEYS[1], 'epoch', 1) end
  local parkedFor = redis.call('HGET', KEYS[1], 'parked_for')
  redis.call('HSET', KEYS[1], 'status', 'parked', 'until', ARGV[8], 'slot', needsSlot and '1' or '')
  move(agent, 'parked')
  redis.call('SADD', prefix .. ':parked:' .. agent, id)
  redis.call('ZADD', prefix .. ':waiting:' .. agent, ARGV[8], id)
  if row[11] ~= lack[1] or status ~= 'parked' then emit('parked', ARGV[4], parkedFor) end
  return {'parked', parkedFor, line, called}
end

changes = {}
if row[11] then leaveLine(KEYS[1], id) end
shift('active')
if needsSlot and string.find(tenant, '/', 1, true) then
  redis.call('SET', prefix .. ':slot:' .. tenant, id, 'PX', ARGV[7])
end
local epoch, attempt, delivery = tonumber(row[18]) + 1, tonumber(row[3]) + 1, tonumber(row[19]) + 1
put('status', 'running', 'worker', ARGV[3], 'until', '', 'epoch', epoch, 'attempt', attempt, 'delivery', delivery)
if not row[20] then put('started_at', ARGV[4]) end
move(agent, 'running')
writeOut()
if startBy then
  redis.call('HDEL', KEYS[1], 'start_by')
  arm('', endBy or '')
end
redis.call('ZREM', prefix .. ':waiting:' .. agent, id)
if status ~= 'queued' then redis.call('SREM', prefix .. ':parked:' .. agent, id) end
emit('started', ARGV[4], cjson.encode({attempt = attempt, worker = ARGV[3]}))
return {'claimed', epoch, attempt, delivery, row[4], endBy or ''}
`);
