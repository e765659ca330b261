import { script } from "./script-runner.ts";
import { taskPrelude } from "./task-prelude.ts";

/**
 * ARGV: prefix, id, spec, agent, organization, tenant, run, step, status, time, timeMs, untilMs, unfinishedMax, event, maxAttempts,
 * lane, admitted (1: past all limits), startByMs or '', endByMs or ''
 * → {1, its priority in the queue} | {0, its priority} it exists | {-1, how many are unfinished} the queue is full
 *   | {-2, used, most, scope} a quota is reached
 */
export const acceptScript = script(
  taskPrelude,
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return {0, tonumber(redis.call('HGET', KEYS[1], 'priority')) or 1} end
local agent, organization, tenant = ARGV[4], ARGV[5], ARGV[6]
local unfinished = prefix .. ':unfinished:agent:' .. agent
local max = tonumber(ARGV[13])
if max > 0 then
  local size = redis.call('SCARD', unfinished)
  if size >= max then return {-1, size} end
end
if ARGV[17] ~= '1' then
  local reached = quotaReached('queued_max', 'queued', organization, tenant, agent)
  if reached then return {-2, reached[2], reached[3], reached[1]} end
end
redis.call('HSET', KEYS[1], 'spec', ARGV[3], 'agent', agent, 'organization', organization, 'tenant', tenant,
  'run', ARGV[7], 'step', ARGV[8], 'status', ARGV[9], 'until', ARGV[12], 'attempt', 0, 'delivery', 0, 'epoch', 0,
 'max', ARGV[15], 'lane', ARGV[16])
if ARGV[18] ~= '' then redis.call('HSET', KEYS[1], 'start_by', ARGV[18]) end
if ARGV[19] ~= '' then redis.call('HSET', KEYS[1], 'end_by', ARGV[19]) end
if ARGV[18] ~= '' or ARGV[19] ~= '' then arm(ARGV[18], ARGV[19]) end
local place = enter(agent)
redis.call('ZADD', prefix .. ':waiting:' .. agent, ARGV[12] ~= '' and ARGV[12] or ARGV[11], id)
redis.call('ZADD', prefix .. ':index:tasks:' .. organization, 0, id)
redis.call('SADD', prefix .. ':organizations', organization)
emit('queued', ARGV[10], ARGV[14])
return {1, place}
`,
);
