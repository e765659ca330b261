import { script } from "@drover/queue";

/** Every step that is ready and has not ended; none of a run that is halted or paused. KEYS: run, indegree, ended → steps */
export const readyStepsScript = script(`
local run = redis.call('HMGET', KEYS[1], 'halted', 'paused')
if run[1] ~= '' or run[2] then return {} end
local ended = {}
for _, step in ipairs(redis.call('HKEYS', KEYS[3])) do ended[step] = true end
local ready = {}
local counts = redis.call('HGETALL', KEYS[2])
for i = 1, #counts, 2 do
  if tonumber(counts[i + 1]) <= 0 and not ended[counts[i]] then ready[#ready + 1] = counts[i] end
end
return ready
`);
