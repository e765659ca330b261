/**
 * The changes of a circuit, each one script: closed → open by failures in a row; open → half open for one worker when its
 * time is over; half open → closed by a success, → open again by a failure.
 *
 * KEYS: circuit, its set of failed tasks. Every change is told on the channel in ARGV[1], by the agent's name in ARGV[2].
 */
import { script } from "./script-runner.ts";

const prelude = `
local function tell() redis.call('PUBLISH', ARGV[1], ARGV[2]) end
local row = redis.call('HMGET', KEYS[1], 'state', 'opens', 'probe', 'until', 'probe_until')
local state = row[1] or 'closed'
`;

/**
 * ARGV: channel, agent, task, worker, nowMs, reason, failuresMax, openMs, openMsMax, retryAfterMs, windowSeconds
 * → the state that follows
 */
export const circuitFailedScript = script(
  prelude,
  `
if state == 'open' then return state end
local opens = 1
if state == 'half_open' then
  -- What began before it opened says nothing new.
  if row[3] ~= ARGV[4] then return state end
  opens = tonumber(row[2] or '1') + 1
else
  redis.call('SADD', KEYS[2], ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[11])
  local failures = redis.call('SCARD', KEYS[2])
  redis.call('HSET', KEYS[1], 'state', 'closed', 'failures', failures, 'reason', ARGV[6])
  if failures < tonumber(ARGV[7]) then
    tell()
    return 'closed'
  end
  redis.call('HSET', KEYS[1], 'opened_at', ARGV[5])
end
local max = tonumber(ARGV[9])
local openMs = math.min(max, tonumber(ARGV[8]) * 2 ^ math.min(opens - 1, 30))
openMs = math.max(openMs, math.min(max, tonumber(ARGV[10])))
redis.call('HSET', KEYS[1], 'state', 'open', 'opens', opens, 'reason', ARGV[6],
  'until', string.format('%.0f', tonumber(ARGV[5]) + openMs))
redis.call('HDEL', KEYS[1], 'probe', 'probe_until')
redis.call('DEL', KEYS[2])
tell()
return 'open'
`,
);

/** ARGV: channel, agent → the state that follows */
export const circuitSucceededScript = script(
  prelude,
  `
if state == 'open' then return state end
redis.call('DEL', KEYS[1], KEYS[2])
tell()
return 'closed'
`,
);

/** ARGV: channel, agent, worker, nowMs, leaseMs → 1 this worker may try, one task at a time | 0 */
export const circuitProbeScript = script(
  prelude,
  `
local now = tonumber(ARGV[4])
local free = (state == 'open' and tonumber(row[4] or '0') <= now)
  or (state == 'half_open' and (row[3] == ARGV[3] or tonumber(row[5] or '0') <= now))
if not free then return 0 end
redis.call('HSET', KEYS[1], 'state', 'half_open', 'probe', ARGV[3],
  'probe_until', string.format('%.0f', now + tonumber(ARGV[5])))
if state == 'open' then tell() end
return 1
`,
);
