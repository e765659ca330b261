import { script } from "@drover/queue";

/**
 * Where a run stands, as of one moment: read apart, a halt in between would look like a run whose steps have all ended.
 * KEYS: run, indegree, ended
 * → {status, halted, cancelled at, paused at, revision, how many steps are ready or run, [instance, status, …] of what ended}
 */
export const readStandingScript = script(`
local row = redis.call('HMGET', KEYS[1], 'status', 'halted', 'cancel', 'paused', 'revision')
local flat = redis.call('HGETALL', KEYS[3])
local ended = {}
for i = 1, #flat, 2 do ended[flat[i]] = true end
local open = 0
local counts = redis.call('HGETALL', KEYS[2])
for i = 1, #counts, 2 do
  if tonumber(counts[i + 1]) <= 0 and not ended[counts[i]] then open = open + 1 end
end
return {row[1] or '', row[2] or '', row[3] or '', row[4] or '', tonumber(row[5] or 0), open, flat}
`);
