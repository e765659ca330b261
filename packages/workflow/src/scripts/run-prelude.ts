/**
 * What the scripts that change a run begin with. Each may be called again with the same arguments and comes to the same
 * state: that is what makes a kill between any two writes harmless.
 */
export const runPrelude = `
local prefix = ARGV[1]
local id = ARGV[2]
local function emit(kind, time, data)
  local stream = prefix .. ':run:' .. id .. ':events'
  local at = redis.call('XADD', stream, 'MAXLEN', '~', 50000, '*', 'type', kind, 'time', time, 'data', data, 'workflow_id', id)
  redis.call('PUBLISH', stream, at)
end
local function isFinal(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end
-- Counts the run under the state it is in now, and lets it stand in the line of what is forgotten in time while it is final.
local function moveRun(to)
  local row = redis.call('HMGET', KEYS[1], 'tally', 'organization')
  if row[1] == to then return end
  redis.call('HSET', KEYS[1], 'tally', to)
  redis.call('HINCRBY', prefix .. ':tally:runs', row[1] or 'accepted', row[1] and -1 or 1)
  redis.call('HINCRBY', prefix .. ':tally:runs', to, 1)
  local line = prefix .. ':ended:runs:' .. row[2]
  if isFinal(to) then
    local now = redis.call('TIME')
    redis.call('ZADD', line, now[1] * 1000 + math.floor(now[2] / 1000), id)
  else
    redis.call('ZREM', line, id)
  end
end
`;
