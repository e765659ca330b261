import { taskScript } from "./task-script.ts";

/**
 * ARGV: prefix, id, epoch, status, time, minute, error, result, event, retentionSeconds, deadLetterId, deadLetter,
 * usage of this hold as JSON or ''
 * → {'ok', {who may start by that: id, agent, …}} | {'stale'} | {'final'}
 */
export const finishScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent', 'tenant', 'organization', 'load', 'lane',
  'tally', 'run', 'step', 'line', 'end_by')
if not row[1] or row[1] ~= ARGV[3] then return {'stale'} end
if isFinal(row[2]) then return {'final'} end
about = {organization = row[5], tenant = row[4], agent = row[3], load = row[6], lane = row[7], tally = row[8], run = row[9],
  step = row[10], line = row[11], status = row[2], endBy = row[12]}
changes = {'status', ARGV[4], 'finished_at', ARGV[5], 'until', ''}
if ARGV[7] ~= '' then put('error', ARGV[7]) end
if ARGV[8] ~= '' then redis.call('SET', prefix .. ':task:' .. id .. ':result', ARGV[8]) end
spend(ARGV[13])
move(row[3], ARGV[4])
local called = leave(row[3], row[4])
writeOut()
local finished = prefix .. ':finished:' .. row[3] .. ':' .. ARGV[6]
if redis.call('INCR', finished) == 1 then redis.call('EXPIRE', finished, 180) end
if ARGV[11] ~= '' then bury(ARGV[11], ARGV[12], row[5]) end
emit(ARGV[4], ARGV[5], ARGV[9])
-- A dead letter's task stays as long as the letter: it may be redriven.
if ARGV[11] == '' then keepFor(ARGV[10]) end
return {'ok', called}
`);
