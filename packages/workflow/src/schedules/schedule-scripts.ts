/**
 * Each change of a schedule, as one atomic script. What a firing comes to is decided once, however often its job is delivered:
 * the row remembers the last firing that was decided, the one that is becoming a run, and the one that waits.
 */
import { script } from "@drover/queue";

const standing = `
local prefix = ARGV[1]
local unsettled = prefix .. ':schedules-unsettled'
local row = redis.call('HMGET', KEYS[1], 'spec', 'enabled', 'overlap', 'fired_ms', 'starting_ms', 'waiting_ms', 'run')
local enabled, overlap, firedMs, startingMs, waitingMs, run = row[2], row[3], row[4], row[5], row[6], row[7]
-- A run whose record has expired has ended long ago.
local function previousRuns()
  local status = run and redis.call('HGET', prefix .. ':run:' .. run, 'status')
  return status and status ~= 'completed' and status ~= 'failed' and status ~= 'cancelled'
end
local function start(ms, now)
  redis.call('HSET', KEYS[1], 'starting_ms', ms, 'starting_at', now)
  redis.call('SADD', unsettled, ARGV[2])
  return {'start', ms}
end
`;

/**
 * KEYS: schedule, names · ARGV: prefix, organization/name, organization, name, id, spec, enabled (1), overlap, by, time, most
 * → 'ok' | 'full'
 */
export const putScheduleScript = script(`
local prefix = ARGV[1]
if redis.call('EXISTS', KEYS[1]) == 0 then
  if redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[11]) then return 'full' end
  redis.call('HSET', KEYS[1], 'id', ARGV[5], 'created_by', ARGV[9], 'created_at', ARGV[10])
end
redis.call('HSET', KEYS[1], 'spec', ARGV[6], 'enabled', ARGV[7], 'overlap', ARGV[8], 'updated_by', ARGV[9], 'updated_at', ARGV[10])
redis.call('SADD', KEYS[2], ARGV[4])
redis.call('SADD', prefix .. ':schedule-organizations', ARGV[3])
return 'ok'
`);

/** KEYS: schedule, names · ARGV: prefix, organization/name, organization, name → 0 | 1 */
export const deleteScheduleScript = script(`
local prefix = ARGV[1]
redis.call('SREM', KEYS[2], ARGV[4])
redis.call('SREM', prefix .. ':schedules-unsettled', ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', prefix .. ':schedule-organizations', ARGV[3]) end
return redis.call('DEL', KEYS[1])
`);

/**
 * Decides what comes of a firing.
 * KEYS: schedule · ARGV: prefix, organization/name, fire time in ms, now in ms
 * → {'start', ms} | {'missing'} | {'disabled'} | {'waiting'} | {'skipped'} | {'settled'}
 */
export const fireScheduleScript = script(
  standing,
  `
local ms, now = ARGV[3], ARGV[4]
if not row[1] then return {'missing'} end
if enabled ~= '1' then return {'disabled'} end
if startingMs == ms then return {'start', ms} end
if waitingMs == ms then return {'waiting'} end
if firedMs and tonumber(ms) <= tonumber(firedMs) then return {'settled'} end
redis.call('HSET', KEYS[1], 'fired_ms', ms)
if not startingMs and not waitingMs and not previousRuns() then return start(ms, now) end
if overlap == 'queue' and not waitingMs then
  redis.call('HSET', KEYS[1], 'waiting_ms', ms)
  redis.call('SADD', unsettled, ARGV[2])
  return {'waiting'}
end
redis.call('HINCRBY', KEYS[1], 'skipped', 1)
return {'skipped'}
`,
);

/**
 * What there is to do for a schedule with a firing that has not become a run: go on with one that was left half done for
 * some time, or let the one that waits begin.
 * KEYS: schedule · ARGV: prefix, organization/name, now in ms, how long a start may take in ms
 * → {'start', ms} | {'busy'} | {'settled'}
 */
export const settleScheduleScript = script(
  standing,
  `
local now = tonumber(ARGV[3])
if startingMs then
  local since = tonumber(redis.call('HGET', KEYS[1], 'starting_at') or '0')
  if now - since < tonumber(ARGV[4]) then return {'busy'} end
  return start(startingMs, now)
end
if waitingMs and enabled == '1' then
  if previousRuns() then return {'busy'} end
  redis.call('HDEL', KEYS[1], 'waiting_ms')
  return start(waitingMs, now)
end
redis.call('HDEL', KEYS[1], 'waiting_ms')
redis.call('SREM', unsettled, ARGV[2])
return {'settled'}
`,
);

/**
 * Records what became of a firing: its run, or why there is none.
 * KEYS: schedule · ARGV: prefix, organization/name, fire time in ms, run or '', error as JSON or '', time → 0 | 1
 */
export const startedScheduleScript = script(
  standing,
  `
if startingMs ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[1], 'starting_ms', 'starting_at')
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'run', ARGV[4], 'run_for_ms', ARGV[3], 'run_at', ARGV[6])
  redis.call('HINCRBY', KEYS[1], 'fired', 1)
  redis.call('HDEL', KEYS[1], 'error')
else
  redis.call('HSET', KEYS[1], 'error', ARGV[5])
end
if not waitingMs then redis.call('SREM', unsettled, ARGV[2]) end
return 1
`,
);
