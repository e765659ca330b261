import { taskScript } from "./task-script.ts";

/**
 * Drops a dead letter. Its task stays failed, and from then on is kept as long as any other that ended when it did.
 * ARGV: prefix, task, letter, organization → 1 | 0 there is none
 */
export const dropLetterScript = taskScript(`
local letter, organization = ARGV[3], ARGV[4]
local line = prefix .. ':ended:letters:' .. organization
local diedMs = redis.call('ZSCORE', line, letter)
redis.call('ZREM', line, letter)
redis.call('ZREM', prefix .. ':index:dead-letters:' .. organization, letter)
redis.call('LREM', prefix .. ':dead-letters:unmirrored', 0, letter)
local there = redis.call('DEL', prefix .. ':letter:' .. letter)
local row = redis.call('HMGET', KEYS[1], 'status', 'run', 'letter')
if row[3] == letter then
  redis.call('HDEL', KEYS[1], 'letter')
  if isFinal(row[1]) and row[2] == '' then
    retain(organization)
    if diedMs then redis.call('ZADD', prefix .. ':ended:tasks:' .. organization, diedMs, id) end
  end
end
return there
`);
