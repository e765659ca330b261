import { taskScript } from "./task-script.ts";

/**
 * Queues a dead letter's task again.
 * ARGV: prefix, id, deadLetterId, time, timeMs, by → {'ok', its priority in the queue} | {'missing'} | {'conflict'}
 */
export const redriveScript = taskScript(`
local letter = prefix .. ':letter:' .. ARGV[3]
if redis.call('EXISTS', letter) == 0 then return {'missing'} end
local row = redis.call('HMGET', KEYS[1], 'status', 'agent', 'tenant', 'organization', 'usage', 'tool_calls')
if row[1] ~= 'failed' then return {'conflict'} end
redis.call('HSET', KEYS[1], 'status', 'queued', 'attempt', 0, 'until', '')
move(row[2], 'queued')
redis.call('HDEL', KEYS[1], 'error', 'finished_at', 'cancel', 'letter')
redis.call('DEL', KEYS[1] .. ':result')
redis.call('HINCRBY', KEYS[1], 'redriven', 1)
-- Its budget begins again, while all that it has used stays counted.
if row[5] then redis.call('HSET', KEYS[1], 'usage_before', row[5], 'tool_calls_before', row[6] or '{}') end
redis.call('RPUSH', prefix .. ':task:' .. id .. ':deaths', cjson.encode({redriven_by = ARGV[6], redriven_at = ARGV[4]}))
local place = enter(row[2])
redis.call('ZADD', prefix .. ':waiting:' .. row[2], ARGV[5], id)
-- Its times begin again.
local spec = cjson.decode(redis.call('HGET', KEYS[1], 'spec'))
local function from(field, seconds)
  if type(seconds) ~= 'number' then
    redis.call('HDEL', KEYS[1], field)
    return ''
  end
  local by = string.format('%.0f', tonumber(ARGV[5]) + seconds * 1000)
  redis.call('HSET', KEYS[1], field, by)
  return by
end
arm(from('start_by', spec.start_timeout_seconds), from('end_by', spec.total_timeout_seconds))
redis.call('DEL', letter)
redis.call('ZREM', prefix .. ':index:dead-letters:' .. row[4], ARGV[3])
redis.call('ZREM', prefix .. ':ended:letters:' .. row[4], ARGV[3])
emit('queued', ARGV[4], cjson.encode({redriven_by = ARGV[6]}))
return {'ok', place}
`);
