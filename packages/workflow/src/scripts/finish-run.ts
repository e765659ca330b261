import { script } from "@drover/queue";
import { runPrelude } from "./run-prelude.ts";

/**
 * KEYS: run · ARGV: prefix, id, status, time, error, event, revision (what was judged)
 * → 'ok' | 'final' | 'missing' | 'changed' (a step was opened again, or the run cancelled, in the meantime)
 */
export const finishRunScript = script(
  runPrelude,
  `
local row = redis.call('HMGET', KEYS[1], 'status', 'revision', 'cancel')
if not row[1] then return 'missing' end
if isFinal(row[1]) then return 'final' end
if (row[2] or '0') ~= ARGV[7] then return 'changed' end
-- A cancel that was acknowledged counts, however little was left to do.
if row[3] and ARGV[3] ~= 'cancelled' then return 'changed' end
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'finished_at', ARGV[4])
redis.call('HSETNX', KEYS[1], 'started_at', ARGV[4])
redis.call('HDEL', KEYS[1], 'paused', 'paused_by')
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'error', ARGV[5]) end
redis.call('SREM', prefix .. ':unfinished:runs', id)
-- The step that waits for this run is due, whoever lives to wake it.
local parent = redis.call('HGET', KEYS[1], 'parent')
if parent and parent ~= '' then
  redis.call('ZADD', prefix .. ':waiting:control', 'XX', redis.call('TIME')[1] * 1000, parent)
end
-- What was to be done again, and had no turn, stays as it ended.
for _, task in ipairs(redis.call('SMEMBERS', KEYS[1] .. ':redo')) do redis.call('HDEL', prefix .. ':task:' .. task, 'redo') end
redis.call('DEL', KEYS[1] .. ':redo')
emit('workflow.' .. ARGV[3], ARGV[4], ARGV[6])
moveRun(ARGV[3])
return 'ok'
`,
);
