import { script } from "./script-runner.ts";
import { taskPrelude } from "./task-prelude.ts";

/**
 * ARGV: prefix, id, worker, time, retentionSeconds, nowMs
 * → {'missing'} | {'final', status} | {'cancelled'} | {'exhausted'|'claimed', epoch, attempt, delivery, spec, endByMs or ''}
 *   | {'expired', epoch, attempt, delivery, spec, code}
 */
export const claimScript = script(
  taskPrelude,
  `
local row = redis.call('HMGET', KEYS[1], 'status', 'cancel', 'attempt', 'spec', 'agent', 'tenant', 'run', 'max', 'start_by', 'end_by')
local status = row[1]
if not status then return {'missing'} end
if isFinal(status) then return {'final', status} end
-- A step of a run that was halted never starts, whoever died while cancelling the steps.
local halted = row[7] ~= '' and redis.call('HGET', prefix .. ':run:' .. row[7], 'halted')
if row[2] or (halted and halted ~= '') then
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  redis.call('HSET', KEYS[1], 'status', 'cancelled', 'finished_at', ARGV[4])
  leave(row[5], row[6])
  emit('cancelled', ARGV[4], '{}')
  if row[7] == '' then keepFor(ARGV[5]) end
  return {'cancelled'}
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
local nowMs = tonumber(ARGV[6])
local late = (row[10] and tonumber(row[10]) <= nowMs and 'total_timed_out')
  or (row[9] and tonumber(row[9]) <= nowMs and 'start_timed_out')
if late then
  return {'expired', epoch, tonumber(row[3]), tonumber(redis.call('HGET', KEYS[1], 'delivery')), row[4], late}
end
if tonumber(row[3]) >= tonumber(row[8]) then
  return {'exhausted', epoch, tonumber(row[3]), tonumber(redis.call('HGET', KEYS[1], 'delivery')), row[4], row[10] or ''}
end
local attempt = redis.call('HINCRBY', KEYS[1], 'attempt', 1)
local delivery = redis.call('HINCRBY', KEYS[1], 'delivery', 1)
redis.call('HSET', KEYS[1], 'status', 'running', 'worker', ARGV[3], 'until', '')
redis.call('HSETNX', KEYS[1], 'started_at', ARGV[4])
if row[9] then
  redis.call('HDEL', KEYS[1], 'start_by')
  arm('', row[10] or '')
end
redis.call('ZREM', prefix .. ':waiting:' .. row[5], id)
redis.call('SREM', prefix .. ':parked:' .. row[5], id)
emit('started', ARGV[4], cjson.encode({attempt = attempt, worker = ARGV[3]}))
return {'claimed', epoch, attempt, delivery, row[4], row[10] or ''}
`,
);
