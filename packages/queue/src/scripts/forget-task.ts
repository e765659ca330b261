import { taskScript } from "./task-script.ts";

/**
 * Deletes a final task with everything of its own; counts it as forgotten. A step only goes when its run has gone.
 * ARGV: prefix, id, organization → {'forgotten', dead letter or ''} | {'kept'} it is not final, or its run lives | {'missing'}
 */
export const forgetScript = taskScript(`
local function unlist()
  redis.call('ZREM', prefix .. ':ended:tasks:' .. ARGV[3], id)
end
local row = redis.call('HMGET', KEYS[1], 'status', 'agent', 'run', 'letter')
if not row[1] then
  unlist()
  redis.call('ZREM', prefix .. ':index:tasks:' .. ARGV[3], id)
  return {'missing'}
end
if not isFinal(row[1]) or (row[3] ~= '' and redis.call('EXISTS', prefix .. ':run:' .. row[3]) == 1) then
  unlist()
  return {'kept'}
end
move(row[2], 'forgotten')
unlist()
redis.call('ZREM', prefix .. ':index:tasks:' .. ARGV[3], id)
local letter = row[4] or ''
if letter ~= '' then
  redis.call('DEL', prefix .. ':letter:' .. letter)
  redis.call('ZREM', prefix .. ':index:dead-letters:' .. ARGV[3], letter)
  redis.call('ZREM', prefix .. ':ended:letters:' .. ARGV[3], letter)
end
for _, approval in ipairs(redis.call('SMEMBERS', KEYS[1] .. ':approvals')) do
  redis.call('DEL', prefix .. ':approval:' .. approval)
  redis.call('ZREM', prefix .. ':index:approvals:' .. ARGV[3], approval)
end
redis.call('DEL', KEYS[1], KEYS[1] .. ':result', KEYS[1] .. ':events', KEYS[1] .. ':deaths', KEYS[1] .. ':approvals')
return {'forgotten', letter}
`);
