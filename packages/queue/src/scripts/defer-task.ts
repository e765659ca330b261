import { taskScript } from "./task-script.ts";

/**
 * Back to the queue: a retry or a wait for capacity.
 * ARGV: prefix, id, epoch, status, time, untilMs, error, refund (1: the attempt is not spent), what, event,
 * usage of this hold as JSON or ''
 * → {'ok', {who may start by that: id, agent, …}} | {'stale'} | {'final'}
 */
export const deferScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent')
if not row[1] or row[1] ~= ARGV[3] then return {'stale'} end
if isFinal(row[2]) then return {'final'} end
-- The same hold has said so before, and the answer was lost.
if row[2] ~= 'running' and row[2] ~= 'waiting' then return {'ok', {}} end
redis.call('HSET', KEYS[1], 'status', ARGV[4], 'until', ARGV[6])
move(row[3], ARGV[4])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'error', ARGV[7]) end
if ARGV[8] == '1' then redis.call('HINCRBY', KEYS[1], 'attempt', -1) end
spend(ARGV[11])
local called = release('queued')
redis.call('ZADD', prefix .. ':waiting:' .. row[3], ARGV[6], id)
emit(ARGV[9], ARGV[5], ARGV[10])
return {'ok', called}
`);
