/** How a control step's task begins to wait, for the scripts that let it: no attempt is spent, and no worker holds it. */

/** Follows the task's prelude. `waitsFor` is JSON: what a waiting task waits for stands on its row, for whoever asks why. */
export const waitPrelude = `
local function startWaiting(agent, status, untilMs, waitsFor)
  redis.call('HSET', KEYS[1], 'status', status, 'until', untilMs, 'waits_for', waitsFor)
  move(agent, status)
  shift('queued')
  if tonumber(redis.call('HGET', KEYS[1], 'attempt')) > 0 then redis.call('HINCRBY', KEYS[1], 'attempt', -1) end
  redis.call('ZADD', prefix .. ':waiting:' .. agent, untilMs, id)
end
`;
