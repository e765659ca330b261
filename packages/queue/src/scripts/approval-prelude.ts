/**
 * How an approval is closed, for every script that can close one: decided, overdue, or left over by its task. The count of
 * open ones on the run's row goes down in the same instant. Its record is kept as long as its task's.
 */

/** A part of the task's prelude: uses its `prefix` and `id`. */
export const approvalPrelude = `
local function countOpenApprovals(by)
  local run = redis.call('HGET', KEYS[1], 'run')
  if run and run ~= '' and redis.call('EXISTS', prefix .. ':run:' .. run) == 1 then
    redis.call('HINCRBY', prefix .. ':run:' .. run, 'approvals', by)
  end
end
local function closeApproval(approval, status)
  local key = prefix .. ':approval:' .. approval
  if redis.call('HGET', key, 'status') ~= 'open' then return end
  redis.call('HSET', key, 'status', status)
  countOpenApprovals(-1)
end
-- What nobody decided before its task ended is not to be decided any more.
local function cancelApprovals()
  local approvals = redis.call('SMEMBERS', prefix .. ':task:' .. id .. ':approvals')
  for _, approval in ipairs(approvals) do closeApproval(approval, 'cancelled') end
end
`;
