/** Registrations change in one step each: one workspace has one, and what was forgotten does not come back by a late sign of life. */
import { script } from "@drover/queue";

/**
 * KEYS: registration, the workspace's pointer, index of all.
 * ARGV: id, record, heard at (ms, empty: not yet), kept for (s), prefix of registrations
 */
export const saveScript = script(`
local id, kept = ARGV[1], tonumber(ARGV[4])
local former = redis.call('GET', KEYS[2])
if former and former ~= id then
  redis.call('DEL', ARGV[5] .. former)
  redis.call('ZREM', KEYS[3], former)
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'heard_at', ARGV[3])
redis.call('SET', KEYS[2], id)
redis.call('ZADD', KEYS[3], 0, id)
redis.call('EXPIRE', KEYS[1], kept)
redis.call('EXPIRE', KEYS[2], kept)
return 1
`);

/**
 * KEYS: as above. ARGV: id, heard at (ms), version (empty: as it was), kept for (s)
 * → 1 | 0 there is none
 */
export const heardScript = script(`
local kept = tonumber(ARGV[4])
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'heard_at', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'version', ARGV[3]) end
redis.call('EXPIRE', KEYS[1], kept)
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('EXPIRE', KEYS[2], kept) end
return 1
`);

/** KEYS: as above. ARGV: id */
export const forgetScript = script(`
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
`);
