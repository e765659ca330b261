import { taskScript } from "./task-script.ts";

/**
 * Decides once, and marks the task as due.
 * ARGV: prefix, id, approvalId, decision, status, by, time, nowMs, comment, remember, event
 * → 'missing' | 'open' (was, and is decided now) | 'overdue' | 'allowed' | 'denied' | 'expired' | 'cancelled' (it was so before)
 */
export const decideApprovalScript = taskScript(`
local key = prefix .. ':approval:' .. ARGV[3]
local approval = redis.call('HMGET', key, 'status', 'deadline')
local agent = redis.call('HGET', KEYS[1], 'agent')
if not approval[1] or not agent then return 'missing' end
if approval[1] ~= 'open' then return approval[1] end
if tonumber(approval[2]) <= tonumber(ARGV[8]) then return 'overdue' end
redis.call('HSET', key, 'decision', ARGV[4], 'decided_by', ARGV[6], 'decided_at', ARGV[7])
if ARGV[9] ~= '' then redis.call('HSET', key, 'comment', ARGV[9]) end
if ARGV[10] ~= '' then redis.call('HSET', key, 'remember', ARGV[10]) end
closeApproval(ARGV[3], ARGV[5])
emit('approval_decided', ARGV[7], ARGV[11])
redis.call('ZADD', prefix .. ':waiting:' .. agent, 'XX', ARGV[8], id)
return 'open'
`);
