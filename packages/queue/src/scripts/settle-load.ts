import { taskScript } from "./task-script.ts";

/**
 * Puts right what a task is counted under and holds, where that does not follow from its status: an older version of Drover
 * changed it, or somebody's hand. Each row remembers how it was counted, so it is put right by itself, whatever happens to
 * others meanwhile.
 * ARGV: prefix, id, mend (1) → {0} all is right | {1, {who may start by that: id, agent, …}} it was not
 */
export const settleLoadScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'status', 'load', 'tenant', 'agent')
local status = row[1]
if not status or row[2] == false then return {0} end
local to = 'queued'
-- Nobody holds a control step that waits.
if isFinal(status) then to = ''
elseif status == 'running' or (status == 'waiting' and row[4] ~= 'control') then to = 'active' end
local strays = to ~= 'active' and redis.call('GET', prefix .. ':slot:' .. row[3]) == id
if row[2] == to and not strays then return {0} end
if ARGV[3] ~= '1' then return {1, {}} end
if strays then return {1, release(to)} end
shift(to)
return {1, {}}
`);
