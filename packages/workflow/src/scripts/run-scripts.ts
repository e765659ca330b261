/**
 * Each change of a run's state, as one atomic script. Each may be called again with the same arguments and comes to the
 * same state: that is what makes a kill between any two writes harmless.
 */
import { script } from "@drover/queue";

const emit = `
local prefix = ARGV[1]
local id = ARGV[2]
local function emit(kind, time, data)
  local stream = prefix .. ':run:' .. id .. ':events'
  local at = redis.call('XADD', stream, 'MAXLEN', '~', 50000, '*', 'type', kind, 'time', time, 'data', data, 'workflow_id', id)
  redis.call('PUBLISH', stream, at)
end
local function isFinal(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end
`;

/**
 * KEYS: run, indegree, dependents · ARGV: prefix, id, spec, organization, time, graph as JSON: [[step, indegree, dependents as JSON], …],
 *   task of the step that waits for it, or empty
 * → 1 created | 0 it exists
 */
export const createRunScript = script(
  emit,
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local graph = cjson.decode(ARGV[6])
for _, node in ipairs(graph) do
  redis.call('HSET', KEYS[2], node[1], node[2])
  if node[3] ~= '[]' then redis.call('HSET', KEYS[3], node[1], node[3]) end
end
redis.call('HSET', KEYS[1], 'spec', ARGV[3], 'status', 'pending', 'organization', ARGV[4], 'halted', '', 'parent', ARGV[7])
redis.call('ZADD', prefix .. ':index:runs:' .. ARGV[4], 0, id)
redis.call('SADD', prefix .. ':organizations', ARGV[4])
redis.call('SADD', prefix .. ':unfinished:runs', id)
emit('workflow.queued', ARGV[5], cjson.encode({steps = #graph}))
return 1
`,
);

/** KEYS: run · ARGV: prefix, id, time, traceparent → {'missing'} | {'final', status} | {'running', spec, traceparent, halted} */
export const beginRunScript = script(
  emit,
  `
local row = redis.call('HMGET', KEYS[1], 'status', 'spec', 'halted')
if not row[1] then return {'missing'} end
if isFinal(row[1]) then return {'final', row[1]} end
if row[1] == 'pending' then
  redis.call('HSET', KEYS[1], 'status', 'running', 'started_at', ARGV[3], 'traceparent', ARGV[4])
  emit('workflow.started', ARGV[3], '{}')
end
return {'running', row[2], redis.call('HGET', KEYS[1], 'traceparent') or '', row[3] or ''}
`,
);

/**
 * Records that a step has ended, lets its dependents count down once, and answers every dependent that is ready and has
 * not ended; again each time it is called.
 * KEYS: run, indegree, dependents, ended · ARGV: prefix, id, step, status, passes (1: its dependents may run), failFast
 * → {halted, ready steps…}
 */
export const stepEndedScript = script(`
local step = ARGV[3]
if redis.call('EXISTS', KEYS[1]) == 0 then return {''} end
local first = redis.call('HSETNX', KEYS[4], step, ARGV[4])
if ARGV[5] == '0' then
  if ARGV[6] == '1' then redis.call('HSET', KEYS[1], 'halted', 'failed') end
  return {redis.call('HGET', KEYS[1], 'halted')}
end
local dependents = redis.call('HGET', KEYS[3], step)
local ready = {redis.call('HGET', KEYS[1], 'halted')}
if not dependents then return ready end
for _, dependent in ipairs(cjson.decode(dependents)) do
  local left
  if first == 1 then left = redis.call('HINCRBY', KEYS[2], dependent, -1)
  else left = tonumber(redis.call('HGET', KEYS[2], dependent)) end
  if left <= 0 and redis.call('HEXISTS', KEYS[4], dependent) == 0 then ready[#ready + 1] = dependent end
end
if ready[1] ~= '' then return {ready[1]} end
return ready
`);

/** Every step that is ready and has not ended. KEYS: run, indegree, ended → steps */
export const readyStepsScript = script(`
if redis.call('HGET', KEYS[1], 'halted') ~= '' then return {} end
local ended = {}
for _, step in ipairs(redis.call('HKEYS', KEYS[3])) do ended[step] = true end
local ready = {}
local counts = redis.call('HGETALL', KEYS[2])
for i = 1, #counts, 2 do
  if tonumber(counts[i + 1]) <= 0 and not ended[counts[i]] then ready[#ready + 1] = counts[i] end
end
return ready
`);

/**
 * Where a run stands, as of one moment: read apart, a halt in between would look like a run whose steps have all ended.
 * KEYS: run, indegree, ended → {halted, cancelled at, how many steps are ready or run, [step, status, …] of what ended}
 */
export const standingScript = script(`
local row = redis.call('HMGET', KEYS[1], 'halted', 'cancel')
local flat = redis.call('HGETALL', KEYS[3])
local ended = {}
for i = 1, #flat, 2 do ended[flat[i]] = true end
local open = 0
local counts = redis.call('HGETALL', KEYS[2])
for i = 1, #counts, 2 do
  if tonumber(counts[i + 1]) <= 0 and not ended[counts[i]] then open = open + 1 end
end
return {row[1] or '', row[2] or '', open, flat}
`);

/**
 * KEYS: run · ARGV: prefix, id, by, time → 'missing' | 'final' | 'halted' (steps are being stopped)
 * From here on no step becomes ready.
 */
export const haltRunScript = script(
  emit,
  `
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 'missing' end
if isFinal(status) then return 'final' end
redis.call('HSET', KEYS[1], 'halted', 'cancelled', 'cancelled_by', ARGV[3], 'cancel', ARGV[4])
return 'halted'
`,
);

/**
 * KEYS: run, result · ARGV: prefix, id, status, time, error, result, retentionSeconds, event → 'ok' | 'final' | 'missing'
 */
export const finishRunScript = script(
  emit,
  `
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 'missing' end
if isFinal(status) then return 'final' end
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'finished_at', ARGV[4])
redis.call('HSETNX', KEYS[1], 'started_at', ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'error', ARGV[5]) end
if ARGV[6] ~= '' then redis.call('SET', KEYS[2], ARGV[6]) end
redis.call('SREM', prefix .. ':unfinished:runs', id)
-- The step that waits for this run is due, whoever lives to wake it.
local parent = redis.call('HGET', KEYS[1], 'parent')
if parent and parent ~= '' then
  redis.call('ZADD', prefix .. ':waiting:control', 'XX', redis.call('TIME')[1] * 1000, parent)
end
emit('workflow.' .. ARGV[3], ARGV[4], ARGV[8])
for _, suffix in ipairs({'', ':indegree', ':dependents', ':ended', ':result', ':events'}) do
  redis.call('EXPIRE', KEYS[1] .. suffix, ARGV[7])
end
return 'ok'
`,
);
