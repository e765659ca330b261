import { script } from "./script-runner.ts";

/**
 * Deletes a final run with everything of its own, but for its steps, which go after it; its place in the line stays until
 * they have.
 * KEYS: run and the other keys of its own · ARGV: prefix, id, organization → 1 gone | 0 it is not final
 */
export const forgetRunScript = script(`
local prefix, id = ARGV[1], ARGV[2]
local row = redis.call('HMGET', KEYS[1], 'status', 'tally')
if row[1] then
  if row[1] ~= 'completed' and row[1] ~= 'failed' and row[1] ~= 'cancelled' then
    redis.call('ZREM', prefix .. ':ended:runs:' .. ARGV[3], id)
    return 0
  end
  local tally = prefix .. ':tally:runs'
  redis.call('HINCRBY', tally, row[2] or 'accepted', row[2] and -1 or 1)
  redis.call('HINCRBY', tally, 'forgotten', 1)
end
redis.call('ZREM', prefix .. ':index:runs:' .. ARGV[3], id)
redis.call('DEL', unpack(KEYS))
return 1
`);
