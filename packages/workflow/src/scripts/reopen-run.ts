import { script } from "@drover/queue";
import { runPrelude } from "./run-prelude.ts";

/**
 * Opens steps of a run again, all at once: what ended of them is forgotten, their tasks are marked to be done again, and a
 * run that had ended is pending once more.
 *
 * KEYS: run, indegree, ended, items, faults
 * ARGV: prefix, id, by, time, revision (what the plan was made from), ended count, status (likewise), plan as JSON:
 *   {indegree: {step: n}, ended: [instance], items: {field: value}, dropped: [field], tasks: [task id]}
 * → 'missing' | 'changed' (it moved on: make the plan again) | 'ok'
 */
export const reopenRunScript = script(
  runPrelude,
  `
local row = redis.call('HMGET', KEYS[1], 'status', 'revision')
if not row[1] then return 'missing' end
local moved = (row[2] or '0') ~= ARGV[5] or redis.call('HLEN', KEYS[3]) ~= tonumber(ARGV[6]) or row[1] ~= ARGV[7]
if moved then return 'changed' end
local plan = cjson.decode(ARGV[8])
for step, count in pairs(plan.indegree) do redis.call('HSET', KEYS[2], step, count) end
for _, instance in ipairs(plan.ended) do redis.call('HDEL', KEYS[3], instance); redis.call('HDEL', KEYS[5], instance) end
for field, value in pairs(plan.items) do redis.call('HSET', KEYS[4], field, value) end
for _, field in ipairs(plan.dropped) do redis.call('HDEL', KEYS[4], field) end
for _, task in ipairs(plan.tasks) do
  local key = prefix .. ':task:' .. task
  if redis.call('EXISTS', key) == 1 then
    redis.call('HSET', key, 'redo', 1)
    redis.call('SADD', KEYS[1] .. ':redo', task)
  end
  redis.call('RPUSHX', key .. ':deaths', cjson.encode({redriven_by = ARGV[3], redriven_at = ARGV[4]}))
end
redis.call('HINCRBY', KEYS[1], 'revision', 1)
if isFinal(row[1]) then
  redis.call('HSET', KEYS[1], 'status', 'pending', 'halted', '')
  redis.call('HDEL', KEYS[1], 'error', 'finished_at', 'cancel', 'cancelled_by', 'paused', 'paused_by')
  redis.call('SADD', prefix .. ':unfinished:runs', id)
  moveRun('pending')
  emit('workflow.queued', ARGV[4], cjson.encode({retried_by = ARGV[3]}))
end
return 'ok'
`,
);
