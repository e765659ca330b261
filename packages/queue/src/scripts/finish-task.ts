import { taskScript } from "./task-script.ts";

/**
 * ARGV: prefix, id, epoch, status, time, minute, error, result, event, retentionSeconds, deadLetterId, deadLetter, usage
 * → {'ok', {who may start by that: id, agent, …}} | {'stale'} | {'final'}
 */
export const finishScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent', 'tenant', 'organization')
if not row[1] or row[1] ~= ARGV[3] then return {'stale'} end
if isFinal(row[2]) then return {'final'} end
redis.call('HSET', KEYS[1], 'status', ARGV[4], 'finished_at', ARGV[5], 'until', '')
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'error', ARGV[7]) end
if ARGV[8] ~= '' then redis.call('SET', prefix .. ':task:' .. id .. ':result', ARGV[8]) end
if ARGV[13] ~= '' then redis.call('HSET', KEYS[1], 'usage', ARGV[13]) end
move(row[3], ARGV[4])
local called = leave(row[3], row[4])
local finished = prefix .. ':finished:' .. row[3] .. ':' .. ARGV[6]
redis.call('INCR', finished)
redis.call('EXPIRE', finished, 180)
if ARGV[11] ~= '' then bury(ARGV[11], ARGV[12], row[5]) end
emit(ARGV[4], ARGV[5], ARGV[9])
-- A dead letter's task stays as long as the letter: it may be redriven.
if ARGV[11] == '' then keepFor(ARGV[10]) end
return {'ok', called}
`);
