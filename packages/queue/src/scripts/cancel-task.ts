import { taskScript } from "./task-script.ts";

/**
 * ARGV: prefix, id, by, time, retentionSeconds
 * A task that waits ends at once, and so does a control step's even while it runs: no worker holds it.
 * → {'missing'} | {'final'} | {'requested'} (a worker has it)
 *   | {'cancelled' (it had not started), {who may start by that: id, agent, …}}
 */
export const cancelScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'status', 'agent', 'tenant', 'run')
local status = row[1]
if not status then return {'missing'} end
if isFinal(status) then return {'final'} end
redis.call('HSET', KEYS[1], 'cancel', ARGV[4], 'cancelled_by', ARGV[3])
if row[2] ~= 'control' then
  -- One that waits is held by nobody, but what it works with may stand ready in a worker.
  if status == 'running' or status == 'waiting' then redis.call('PUBLISH', prefix .. ':cancel', id) end
  if status == 'running' then return {'requested'} end
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'status', 'cancelled', 'finished_at', ARGV[4], 'until', '')
move(row[2], 'cancelled')
local called = leave(row[2], row[3])
emit('cancelled', ARGV[4], '{}')
if row[4] == '' then keepFor(ARGV[5]) end
return {'cancelled', called}
`);
