/** Lua: whether a job of BullMQ will be handled some day. The keys are BullMQ's own, read and never written here. */
export const liveJob = `
local function isLive(queue, id)
  local job = redis.call('HMGET', queue .. ':' .. id, 'timestamp', 'finishedOn')
  if not job[1] or job[2] then return false end
  for _, set in ipairs({':prioritized', ':delayed', ':waiting-children'}) do
    if redis.call('ZSCORE', queue .. set, id) then return true end
  end
  for _, list in ipairs({':active', ':wait'}) do
    if redis.call('LPOS', queue .. list, id) then return true end
  end
  return false
end
`;
