import { script } from "./script-runner.ts";
import { taskPrelude } from "./task-prelude.ts";

/**
 * ARGV: prefix, id, epoch, status, time, minute, error, result, event, deadLetterId, deadLetter
 * → 'ok' | 'stale' | 'final'
 */
export const finishScript = script(
  taskPrelude,
  `
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent', 'tenant', 'organization', 'run')
if not row[1] or row[1] ~= ARGV[3] then return 'stale' end
if isFinal(row[2]) then return 'final' end
redis.call('HSET', KEYS[1], 'status', ARGV[4], 'finished_at', ARGV[5], 'until', '')
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'error', ARGV[7]) end
if ARGV[8] ~= '' then redis.call('SET', prefix .. ':task:' .. id .. ':result', ARGV[8]) end
move(row[3], ARGV[4])
leave(row[3], row[4])
local finished = prefix .. ':finished:' .. row[3] .. ':' .. ARGV[6]
redis.call('INCR', finished)
redis.call('EXPIRE', finished, 180)
if ARGV[10] ~= '' then bury(ARGV[10], ARGV[11], row[5]) end
emit(ARGV[4], ARGV[5], ARGV[9])
if ARGV[10] == '' and row[6] == '' then retain(row[5]) end
return 'ok'
`,
);
