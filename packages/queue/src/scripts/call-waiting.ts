import { taskScript } from "./task-script.ts";

/**
 * What nobody else calls: waiters for what a dead holder left, and those whose caller died before it promoted their job.
 * ARGV: prefix, '', how many lines, called before this time (seconds) → {id, agent, …} who may start
 */
export const callWaitingScript = taskScript(`
local called = {}
local late = redis.call('ZRANGEBYSCORE', prefix .. ':woken', '-inf', ARGV[4], 'LIMIT', 0, 200)
for _, task in ipairs(late) do
  redis.call('ZREM', prefix .. ':woken', task)
  local agent = redis.call('HGET', prefix .. ':task:' .. task, 'agent')
  if agent then called[#called + 1] = task; called[#called + 1] = agent end
end
for _, thing in ipairs(redis.call('SRANDMEMBER', prefix .. ':lines', ARGV[3])) do
  callNext(thing, roomOf(thing), called)
end
return called
`);
