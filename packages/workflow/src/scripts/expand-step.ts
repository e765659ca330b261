import { script } from "@drover/queue";

/**
 * Fixes how many items a step fans out to; the first answer counts.
 * KEYS: items, indegree · ARGV: step, count → the count | -1 what comes before the step has not ended, or not any more
 */
export const expandStepScript = script(`
local before = redis.call('HGET', KEYS[2], ARGV[1])
if before and tonumber(before) > 0 then return -1 end
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1] .. ':left', ARGV[2])
end
return tonumber(redis.call('HGET', KEYS[1], ARGV[1]))
`);
