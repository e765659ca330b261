import { script } from "./script-runner.ts";
import { taskPrelude } from "./task-prelude.ts";

/**
 * ARGV: prefix, id, spec, agent, organization, tenant, run, step, status, time, timeMs, untilMs, unfinishedMax, event, maxAttempts
 * → {1, n-th unfinished of its tenant} | {2, likewise} it ended before, and is done again | {0} it exists
 *   | {-1, how many are unfinished} the queue is full | {-2} its run starts nothing any more
 */
export const acceptScript = script(
  taskPrelude,
  `
-- The epoch goes on, so that whoever held the task before can change nothing of its new life; the events tell both.
local function reopen(letter, organization)
  if letter then
    redis.call('DEL', prefix .. ':letter:' .. letter)
    redis.call('ZREM', prefix .. ':index:dead-letters:' .. organization, letter)
  end
  local record = prefix .. ':task:' .. id
  redis.call('DEL', record .. ':result')
  redis.call('HDEL', KEYS[1], 'redo', 'letter', 'error', 'started_at', 'finished_at', 'cancel', 'cancelled_by', 'usage')
  redis.call('HINCRBY', KEYS[1], 'redone', 1)
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', record .. ':events')
end
local run, outcome = ARGV[7], 1
if run ~= '' then
  local standing = redis.call('HMGET', prefix .. ':run:' .. run, 'status', 'halted')
  if not standing[1] or isFinal(standing[1]) or standing[2] ~= '' then return {-2} end
end
local known = redis.call('HMGET', KEYS[1], 'status', 'redo', 'letter')
if known[1] then
  if not known[2] then return {0} end
  outcome = 2
  reopen(known[3], ARGV[5])
end
local agent, organization, tenant = ARGV[4], ARGV[5], ARGV[6]
local unfinished = prefix .. ':unfinished:agent:' .. agent
local max = tonumber(ARGV[13])
if max > 0 then
  local size = redis.call('SCARD', unfinished)
  if size >= max then return {-1, size} end
end
redis.call('HSET', KEYS[1], 'spec', ARGV[3], 'agent', agent, 'organization', organization, 'tenant', tenant,
  'run', ARGV[7], 'step', ARGV[8], 'status', ARGV[9], 'until', ARGV[12], 'attempt', 0, 'max', ARGV[15])
redis.call('HSETNX', KEYS[1], 'epoch', 0)
redis.call('HSETNX', KEYS[1], 'delivery', 0)
if run ~= '' then
  redis.call('SADD', prefix .. ':run:' .. run .. ':tasks', ARGV[8])
  redis.call('SADD', prefix .. ':run:' .. run .. ':live', ARGV[8])
end
redis.call('SADD', unfinished, id)
redis.call('SADD', prefix .. ':unfinished:tenant:' .. tenant, id)
redis.call('ZADD', prefix .. ':waiting:' .. agent, ARGV[12] ~= '' and ARGV[12] or ARGV[11], id)
redis.call('ZADD', prefix .. ':index:tasks:' .. organization, 0, id)
redis.call('SADD', prefix .. ':organizations', organization)
emit('queued', ARGV[10], ARGV[14])
return {outcome, redis.call('SCARD', prefix .. ':unfinished:tenant:' .. tenant)}
`,
);
