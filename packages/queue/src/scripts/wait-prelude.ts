/**
 * How a task begins to wait, for the scripts that let it: no attempt is spent, and no worker holds it. A task of an agent goes
 * on counting as active and keeps its workspace, in which its work lies half done.
 */

/** How long after its deadline a task may take to be claimed again before it loses its workspace. */
const slotGraceMs = 60_000;

/** Follows the task's prelude. `waitsFor` is JSON: what a waiting task waits for stands on its row, for whoever asks why. */
export const waitPrelude = `
local function startWaiting(agent, status, untilMs, waitsFor)
  redis.call('HSET', KEYS[1], 'status', status, 'until', untilMs, 'waits_for', waitsFor)
  move(agent, status)
  if agent == 'control' then
    shift('queued')
  else
    local tenant = redis.call('HGET', KEYS[1], 'tenant')
    local slot = prefix .. ':slot:' .. tenant
    if redis.call('GET', slot) == id then redis.call('PEXPIREAT', slot, untilMs + ${slotGraceMs}) end
  end
  if tonumber(redis.call('HGET', KEYS[1], 'attempt')) > 0 then redis.call('HINCRBY', KEYS[1], 'attempt', -1) end
  redis.call('ZADD', prefix .. ':waiting:' .. agent, untilMs, id)
end
`;
