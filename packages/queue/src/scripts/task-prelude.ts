/**
 * What every script that changes a task's state begins with. The row, the indexes, the counters and the event of a change
 * are written together, so no kill leaves them apart, and no reader sees one without the other.
 *
 * KEYS[1] is always the task's row; the other keys share its hash tag and are made from the prefix in ARGV[1].
 * Every script of a worker carries the epoch of its claim: a stale one changes nothing and answers `stale`.
 */

import { approvalPrelude } from "./approval-prelude.ts";
import { linePrelude } from "./line-prelude.ts";
import { loadPrelude } from "./load-prelude.ts";
import { spendPrelude } from "./spend-prelude.ts";

/** Appends an event to the task's stream, and to its run's under the step's name; tells who listens. */
export const taskPrelude = `
local prefix = ARGV[1]
local id = ARGV[2]
-- What a script has read of its row, by name; nil: what is needed is read when it is needed.
local about
-- What a script is going to write of its row, at once, by writeOut; nil: what changes is written when it changes.
local changes
local function put(...)
  if not changes then redis.call('HSET', KEYS[1], ...); return end
  for i = 1, select('#', ...) do changes[#changes + 1] = (select(i, ...)) end
end
local function writeOut()
  if not changes then return end
  redis.call('HSET', KEYS[1], unpack(changes))
  changes = nil
end
${loadPrelude}
${spendPrelude}
${linePrelude}
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
  local of = about and {about.run, about.step} or redis.call('HMGET', KEYS[1], 'run', 'step')
  local run, step = of[1] or '', of[2] or ''
  append(prefix .. ':task:' .. id .. ':events', 'task.' .. what, time, data, run, step)
  if run ~= '' then append(prefix .. ':run:' .. run .. ':events', 'step.' .. what, time, data, run, step) end
end
local function isFinal(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end
-- Counts the task under the state it is in now. The row remembers where it was counted last, so counting twice is
-- counting once, and a row that was changed without counting is put right by the next call.
local function move(agent, to)
  local from
  if about then from = about.tally else from = redis.call('HGET', KEYS[1], 'tally') end
  if from == to then return end
  if about then about.tally = to end
  put('tally', to)
  local tally = prefix .. ':tally:tasks'
  if from then redis.call('HINCRBY', tally, agent .. ':' .. from, -1)
  else redis.call('HINCRBY', tally, agent .. ':accepted', 1) end
  redis.call('HINCRBY', tally, agent .. ':' .. to, 1)
end
${approvalPrelude}
-- A task comes among the unfinished ones. Answers its priority in the queue: lane, and place within it.
local function enter(agent)
  redis.call('SADD', prefix .. ':unfinished:agent:' .. agent, id)
  local place = shift('queued') or tonumber(redis.call('HGET', KEYS[1], 'priority'))
  put('priority', place)
  return place
end
-- A task has ended: it gives back all that it holds. Answers who may start by that: id, agent, id, agent, …
local function leave(agent, tenant)
  cancelApprovals()
  redis.call('SREM', prefix .. ':unfinished:agent:' .. agent, id)
  -- Older versions counted places so.
  redis.call('SREM', prefix .. ':unfinished:tenant:' .. tenant, id)
  -- One that runs was taken from these when it was claimed.
  local runs = about and about.status == 'running'
  if not runs then
    redis.call('ZREM', prefix .. ':waiting:' .. agent, id)
    redis.call('SREM', prefix .. ':parked:' .. agent, id)
  end
  if not runs or about.endBy then redis.call('ZREM', prefix .. ':deadlines', id) end
  local of = about and {about.run, about.step} or redis.call('HMGET', KEYS[1], 'run', 'step')
  if of[1] and of[1] ~= '' then redis.call('SREM', prefix .. ':run:' .. of[1] .. ':live', of[2]) end
  return release('')
end
-- Puts the task among the deadlines by the first of its two; '' is none.
local function arm(startBy, endBy)
  local first = startBy
  if first == '' or (endBy ~= '' and tonumber(endBy) < tonumber(first)) then first = endBy end
  if first == '' then redis.call('ZREM', prefix .. ':deadlines', id)
  else redis.call('ZADD', prefix .. ':deadlines', first, id) end
end
-- Puts a final task in the line of what is forgotten in time: upkeep/retire.ts takes it from there. A step's record lives
-- as long as its run's, a dead letter's task as long as the letter: neither stands in this line.
local function retain(organization)
  local now = redis.call('TIME')
  redis.call('ZADD', prefix .. ':ended:tasks:' .. organization, now[1] * 1000 + math.floor(now[2] / 1000), id)
end
-- Of what a caller says, only whether it is 0 counts: then something else decides how long the task is kept.
local function keepFor(seconds)
  if tonumber(seconds) <= 0 then return end
  retain(about and about.organization or redis.call('HGET', KEYS[1], 'organization'))
end
-- Writes a dead letter, and the death into the task's history, which outlives the letter.
local function bury(letterId, letter, organization)
  local now = redis.call('TIME')
  redis.call('SET', prefix .. ':letter:' .. letterId, letter)
  redis.call('HSET', KEYS[1], 'letter', letterId)
  redis.call('ZADD', prefix .. ':index:dead-letters:' .. organization, 0, letterId)
  redis.call('ZADD', prefix .. ':ended:letters:' .. organization, now[1] * 1000 + math.floor(now[2] / 1000), letterId)
  redis.call('RPUSH', prefix .. ':dead-letters:unmirrored', letterId)
  local worker = redis.call('HGET', KEYS[1], 'worker') or ''
  local deaths = prefix .. ':task:' .. id .. ':deaths'
  redis.call('RPUSH', deaths, '{"worker":' .. cjson.encode(worker) .. ',"letter":' .. letter .. '}')
  redis.call('LTRIM', deaths, -100, -1)
end
`;
