import { script } from "@drover/queue";

/**
 * Fixes how many items a step fans out to; the first answer counts.
 * KEYS: items · ARGV: step, count → the count
 */
export const expandStepScript = script(`
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1] .. ':left', ARGV[2])
end
return tonumber(redis.call('HGET', KEYS[1], ARGV[1]))
`);
