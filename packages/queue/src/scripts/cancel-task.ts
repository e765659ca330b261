import { taskScript } from "./task-script.ts";

/**
 * ARGV: prefix, id, by, time, retentionSeconds
 * A control step's task ends at once even while it waits or runs: no worker holds it.
 * → {'missing'} | {'final'} | {'requested'} (a worker has it)
 *   | {'cancelled' (it had not started), {who may start by that: id, agent, …}}
 */
export const cancelScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'status', 'agent', 'tenant', 'run')
local status = row[1]
if not status then return {'missing'} end
if isFinal(status) then return {'final'} end
redis.call('HSET', KEYS[1], 'cancel', ARGV[4], 'cancelled_by', ARGV[3])
if (status == 'running' or status == 'waiting') and row[2] ~= 'control' then
  redis.call('PUBLISH', prefix .. ':cancel', id)
  return {'requested'}
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'status', 'cancelled', 'finished_at', ARGV[4], 'until', '')
move(row[2], 'cancelled')
local called = leave(row[2], row[3])
emit('cancelled', ARGV[4], '{}')
if row[4] == '' then keepFor(ARGV[5]) end
return {'cancelled', called}
`);
