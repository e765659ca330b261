import { taskScript } from "./task-script.ts";
import { waitPrelude } from "./wait-prelude.ts";

/**
 * Asks, unless it has been asked; lets the deadline count where it has passed; and lets the task wait while it is open.
 * All in one: a decision comes either before it, and the task goes on, or after it, and wakes the task.
 * ARGV: prefix, id, epoch, approvalId, approval as JSON, deadlineMs, default decision, time, nowMs, waitsFor, event
 * → 'stale' | 'final' | 'waiting' | 'closed'
 */
export const askApprovalScript = taskScript(`${waitPrelude}
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent', 'organization', 'cancel')
if not row[1] or row[1] ~= ARGV[3] then return 'stale' end
-- Whoever cancels a running task leaves its end to the worker, which must not put it off until the deadline.
if row[5] then return 'stale' end
if isFinal(row[2]) then return 'final' end
local key = prefix .. ':approval:' .. ARGV[4]
if redis.call('EXISTS', key) == 0 then
  redis.call('HSET', key, 'spec', ARGV[5], 'status', 'open', 'deadline', ARGV[6], 'task', id, 'organization', row[4])
  redis.call('ZADD', prefix .. ':index:approvals:' .. row[4], 0, ARGV[4])
  redis.call('SADD', prefix .. ':task:' .. id .. ':approvals', ARGV[4])
  countOpenApprovals(1)
  emit('approval_requested', ARGV[8], ARGV[11])
end
local approval = redis.call('HMGET', key, 'status', 'deadline')
if approval[1] ~= 'open' then return 'closed' end
if tonumber(approval[2]) <= tonumber(ARGV[9]) then
  redis.call('HSET', key, 'decision', ARGV[7], 'decided_at', ARGV[8])
  closeApproval(ARGV[4], 'expired')
  emit('approval_decided', ARGV[8], cjson.encode({approval_id = ARGV[4], status = 'expired', decision = ARGV[7]}))
  return 'closed'
end
startWaiting(row[3], 'waiting', approval[2], ARGV[10])
return 'waiting'
`);
