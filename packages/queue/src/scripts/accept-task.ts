import { script } from "./script-runner.ts";
import { taskPrelude } from "./task-prelude.ts";

/**
 * ARGV: prefix, id, spec, agent, organization, tenant, run, step, status, time, timeMs, untilMs, unfinishedMax, event, maxAttempts,
 * startByMs or '', endByMs or ''
 * → {1, n-th unfinished of its tenant} | {0} it exists | {-1, how many are unfinished} the queue is full
 */
export const acceptScript = script(
  taskPrelude,
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return {0} end
local agent, organization, tenant = ARGV[4], ARGV[5], ARGV[6]
local unfinished = prefix .. ':unfinished:agent:' .. agent
local max = tonumber(ARGV[13])
if max > 0 then
  local size = redis.call('SCARD', unfinished)
  if size >= max then return {-1, size} end
end
redis.call('HSET', KEYS[1], 'spec', ARGV[3], 'agent', agent, 'organization', organization, 'tenant', tenant,
  'run', ARGV[7], 'step', ARGV[8], 'status', ARGV[9], 'until', ARGV[12], 'attempt', 0, 'delivery', 0, 'epoch', 0,
  'max', ARGV[15])
if ARGV[16] ~= '' then redis.call('HSET', KEYS[1], 'start_by', ARGV[16]) end
if ARGV[17] ~= '' then redis.call('HSET', KEYS[1], 'end_by', ARGV[17]) end
if ARGV[16] ~= '' or ARGV[17] ~= '' then arm(ARGV[16], ARGV[17]) end
redis.call('SADD', unfinished, id)
redis.call('SADD', prefix .. ':unfinished:tenant:' .. tenant, id)
redis.call('ZADD', prefix .. ':waiting:' .. agent, ARGV[12] ~= '' and ARGV[12] or ARGV[11], id)
redis.call('ZADD', prefix .. ':index:tasks:' .. organization, 0, id)
redis.call('SADD', prefix .. ':organizations', organization)
emit('queued', ARGV[10], ARGV[14])
return {1, redis.call('SCARD', prefix .. ':unfinished:tenant:' .. tenant)}
`,
);
