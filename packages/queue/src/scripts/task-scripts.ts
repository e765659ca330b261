/**
 * Each change of a task's state, as one atomic script. The row, the indexes, the counters and the event of a change are
 * written together, so no kill leaves them apart, and no reader sees one without the other.
 *
 * KEYS[1] is always the task's row; the other keys share its hash tag and are made from the prefix in ARGV[1].
 * Every script of a worker carries the epoch of its claim: a stale one changes nothing and answers `stale`.
 */
import { script } from "./script-runner.ts";

/** Appends an event to the task's stream, and to its run's under the step's name; tells who listens. */
const emit = `
local prefix = ARGV[1]
local id = ARGV[2]
local function append(stream, kind, time, data, run, step)
  local fields = {'type', kind, 'time', time, 'data', data, 'task_id', id}
  if run ~= '' then
    fields[#fields + 1] = 'workflow_id'; fields[#fields + 1] = run
    fields[#fields + 1] = 'step_id'; fields[#fields + 1] = step
  end
  local at = redis.call('XADD', stream, 'MAXLEN', '~', 5000, '*', unpack(fields))
  redis.call('PUBLISH', stream, at)
end
local function emit(what, time, data)
  local about = redis.call('HMGET', KEYS[1], 'run', 'step')
  local run, step = about[1] or '', about[2] or ''
  append(prefix .. ':task:' .. id .. ':events', 'task.' .. what, time, data, run, step)
  if run ~= '' then append(prefix .. ':run:' .. run .. ':events', 'step.' .. what, time, data, run, step) end
end
local function isFinal(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end
local function leave(agent, tenant)
  redis.call('SREM', prefix .. ':unfinished:agent:' .. agent, id)
  redis.call('SREM', prefix .. ':unfinished:tenant:' .. tenant, id)
  redis.call('ZREM', prefix .. ':waiting:' .. agent, id)
  redis.call('SREM', prefix .. ':parked:' .. agent, id)
end
local function keepFor(seconds)
  if tonumber(seconds) <= 0 then return end
  redis.call('EXPIRE', KEYS[1], seconds)
  redis.call('EXPIRE', prefix .. ':task:' .. id .. ':result', seconds)
  redis.call('EXPIRE', prefix .. ':task:' .. id .. ':events', seconds)
end
`;

/**
 * ARGV: prefix, id, spec, agent, organization, tenant, run, step, status, time, timeMs, untilMs, unfinishedMax, event, maxAttempts
 * → {1, n-th unfinished of its tenant} | {0} it exists | {-1, how many are unfinished} the queue is full
 */
export const acceptScript = script(
  emit,
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
redis.call('SADD', unfinished, id)
redis.call('SADD', prefix .. ':unfinished:tenant:' .. tenant, id)
redis.call('ZADD', prefix .. ':waiting:' .. agent, ARGV[12] ~= '' and ARGV[12] or ARGV[11], id)
redis.call('ZADD', prefix .. ':index:tasks:' .. organization, 0, id)
redis.call('SADD', prefix .. ':organizations', organization)
emit('queued', ARGV[10], ARGV[14])
return {1, redis.call('SCARD', prefix .. ':unfinished:tenant:' .. tenant)}
`,
);

/**
 * ARGV: prefix, id, worker, time, retentionSeconds
 * → {'missing'} | {'final', status} | {'cancelled'} | {'exhausted'|'claimed', epoch, attempt, delivery, spec}
 */
export const claimScript = script(
  emit,
  `
local row = redis.call('HMGET', KEYS[1], 'status', 'cancel', 'attempt', 'spec', 'agent', 'tenant', 'run', 'max')
local status = row[1]
if not status then return {'missing'} end
if isFinal(status) then return {'final', status} end
-- A step of a run that was halted never starts, whoever died while cancelling the steps.
local halted = row[7] ~= '' and redis.call('HGET', prefix .. ':run:' .. row[7], 'halted')
if row[2] or (halted and halted ~= '') then
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  redis.call('HSET', KEYS[1], 'status', 'cancelled', 'finished_at', ARGV[4])
  leave(row[5], row[6])
  emit('cancelled', ARGV[4], '{}')
  if row[7] == '' then keepFor(ARGV[5]) end
  return {'cancelled'}
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
if tonumber(row[3]) >= tonumber(row[8]) then
  return {'exhausted', epoch, tonumber(row[3]), tonumber(redis.call('HGET', KEYS[1], 'delivery')), row[4]}
end
local attempt = redis.call('HINCRBY', KEYS[1], 'attempt', 1)
local delivery = redis.call('HINCRBY', KEYS[1], 'delivery', 1)
redis.call('HSET', KEYS[1], 'status', 'running', 'worker', ARGV[3], 'until', '')
redis.call('HSETNX', KEYS[1], 'started_at', ARGV[4])
redis.call('ZREM', prefix .. ':waiting:' .. row[5], id)
redis.call('SREM', prefix .. ':parked:' .. row[5], id)
emit('started', ARGV[4], cjson.encode({attempt = attempt, worker = ARGV[3]}))
return {'claimed', epoch, attempt, delivery, row[4]}
`,
);

/**
 * ARGV: prefix, id, epoch, status, time, minute, error, result, event, retentionSeconds, deadLetterId, deadLetter
 * → 'ok' | 'stale' | 'final'
 */
export const finishScript = script(
  emit,
  `
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent', 'tenant', 'organization')
if not row[1] or row[1] ~= ARGV[3] then return 'stale' end
if isFinal(row[2]) then return 'final' end
redis.call('HSET', KEYS[1], 'status', ARGV[4], 'finished_at', ARGV[5], 'until', '')
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'error', ARGV[7]) end
if ARGV[8] ~= '' then redis.call('SET', prefix .. ':task:' .. id .. ':result', ARGV[8]) end
leave(row[3], row[4])
local finished = prefix .. ':finished:' .. row[3] .. ':' .. ARGV[6]
redis.call('INCR', finished)
redis.call('EXPIRE', finished, 180)
if ARGV[11] ~= '' then
  redis.call('SET', prefix .. ':letter:' .. ARGV[11], ARGV[12])
  redis.call('ZADD', prefix .. ':index:dead-letters:' .. row[5], 0, ARGV[11])
  redis.call('RPUSH', prefix .. ':dead-letters:unmirrored', ARGV[11])
end
emit(ARGV[4], ARGV[5], ARGV[9])
-- A dead letter's task stays as long as the letter: it may be redriven.
if ARGV[11] == '' then keepFor(ARGV[10]) end
return 'ok'
`,
);

/**
 * Back to the queue: a retry, a wait for capacity, or parked for a slot.
 * ARGV: prefix, id, epoch, status, time, untilMs, error, refund (1: the attempt is not spent), what, event
 * → 'ok' | 'stale' | 'final'
 */
export const deferScript = script(
  emit,
  `
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent')
if not row[1] or row[1] ~= ARGV[3] then return 'stale' end
if isFinal(row[2]) then return 'final' end
redis.call('HSET', KEYS[1], 'status', ARGV[4], 'until', ARGV[6])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'error', ARGV[7]) end
if ARGV[8] == '1' then redis.call('HINCRBY', KEYS[1], 'attempt', -1) end
if ARGV[4] == 'parked' then redis.call('SADD', prefix .. ':parked:' .. row[3], id) end
redis.call('ZADD', prefix .. ':waiting:' .. row[3], ARGV[6], id)
emit(ARGV[9], ARGV[5], ARGV[10])
return 'ok'
`,
);

/** ARGV: prefix, id, epoch, what, time, event → 'ok' | 'stale' | 'final' */
export const reportScript = script(
  emit,
  `
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status')
if not row[1] or row[1] ~= ARGV[3] then return 'stale' end
if isFinal(row[2]) then return 'final' end
emit(ARGV[4], ARGV[5], ARGV[6])
return 'ok'
`,
);

/**
 * ARGV: prefix, id, by, time, retentionSeconds
 * → 'missing' | 'final' | 'cancelled' (it had not started) | 'requested' (a worker has it)
 */
export const cancelScript = script(
  emit,
  `
local row = redis.call('HMGET', KEYS[1], 'status', 'agent', 'tenant', 'run')
local status = row[1]
if not status then return 'missing' end
if isFinal(status) then return 'final' end
redis.call('HSET', KEYS[1], 'cancel', ARGV[4], 'cancelled_by', ARGV[3])
if status == 'running' or status == 'waiting' then
  redis.call('PUBLISH', prefix .. ':cancel', id)
  return 'requested'
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'status', 'cancelled', 'finished_at', ARGV[4], 'until', '')
leave(row[2], row[3])
emit('cancelled', ARGV[4], '{}')
if row[4] == '' then keepFor(ARGV[5]) end
return 'cancelled'
`,
);

/**
 * Queues a dead letter's task again.
 * ARGV: prefix, id, deadLetterId, time, timeMs, by → 'ok' | 'missing' | 'conflict'
 */
export const redriveScript = script(
  emit,
  `
local letter = prefix .. ':letter:' .. ARGV[3]
if redis.call('EXISTS', letter) == 0 then return 'missing' end
local row = redis.call('HMGET', KEYS[1], 'status', 'agent', 'tenant', 'organization')
if row[1] ~= 'failed' then return 'conflict' end
redis.call('HSET', KEYS[1], 'status', 'queued', 'attempt', 0, 'until', '')
redis.call('HDEL', KEYS[1], 'error', 'finished_at', 'cancel')
redis.call('HINCRBY', KEYS[1], 'redriven', 1)
redis.call('PERSIST', KEYS[1])
redis.call('PERSIST', prefix .. ':task:' .. id .. ':events')
redis.call('SADD', prefix .. ':unfinished:agent:' .. row[2], id)
redis.call('SADD', prefix .. ':unfinished:tenant:' .. row[3], id)
redis.call('ZADD', prefix .. ':waiting:' .. row[2], ARGV[5], id)
redis.call('DEL', letter)
redis.call('ZREM', prefix .. ':index:dead-letters:' .. row[4], ARGV[3])
emit('queued', ARGV[4], cjson.encode({redriven_by = ARGV[6]}))
return 'ok'
`,
);
