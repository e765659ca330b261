import { taskScript } from "./task-script.ts";

/**
 * Ends a task whose time is over: at once where no worker has it, by telling its worker where one does. It stays among the
 * deadlines until whoever called has told its run, so a kill in between is mended by the next sweep.
 * ARGV: prefix, id, epoch as it was read, nowMs, time, minute, code, error, event, dead letter id or '', dead letter, retentionSeconds
 * → {'missing'} | {'final'} | {'moved'} a worker took it since | {'later'} it has more time now | {'told'}
 *   | {'expired', {who may start by that: id, agent, …}}
 */
export const expireScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent', 'tenant', 'organization', 'run', 'start_by', 'end_by', 'line')
local deadlines = prefix .. ':deadlines'
if not row[1] then
  redis.call('ZREM', deadlines, id)
  return {'missing'}
end
if isFinal(row[2]) then return {'final'} end
if row[1] ~= ARGV[3] then return {'moved'} end
local by = ARGV[7] == 'start_timed_out' and row[7] or row[8]
if not by or tonumber(by) > tonumber(ARGV[4]) then
  if row[7] or row[8] then arm(row[7] or '', row[8] or '') else redis.call('ZREM', deadlines, id) end
  return {'later'}
end
-- While its run is paused nobody can take it: the next claim gives it its time again.
if ARGV[7] == 'start_timed_out' and row[9] == 'held' then
  arm('', row[8] or '')
  return {'later'}
end
if row[2] == 'waiting' then redis.call('PUBLISH', prefix .. ':cancel', id .. ' ' .. ARGV[7]) end
if row[2] == 'running' then
  redis.call('PUBLISH', prefix .. ':cancel', id .. ' ' .. ARGV[7])
  redis.call('ZADD', deadlines, tonumber(ARGV[4]) + 5000, id)
  return {'told'}
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'status', 'failed', 'finished_at', ARGV[5], 'until', '', 'error', ARGV[8])
move(row[3], 'failed')
local called = leave(row[3], row[4])
redis.call('ZADD', deadlines, ARGV[4], id)
local finished = prefix .. ':finished:' .. row[3] .. ':' .. ARGV[6]
redis.call('INCR', finished)
redis.call('EXPIRE', finished, 180)
if ARGV[10] ~= '' then bury(ARGV[10], ARGV[11], row[5]) end
emit('failed', ARGV[5], ARGV[9])
if ARGV[10] == '' and row[6] == '' then keepFor(ARGV[12]) end
return {'expired', called}
`);
