import { script } from "@drover/queue";
import { runPrelude } from "./run-prelude.ts";

/**
 * KEYS: run, indegree, dependents · ARGV: prefix, id, spec, organization, time, graph as JSON: [[step, indegree, dependents as JSON], …],
 *   task of the step that waits for it, or empty
 * → 1 created | 0 it exists
 */
export const createRunScript = script(
  runPrelude,
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local graph = cjson.decode(ARGV[6])
for _, node in ipairs(graph) do
  redis.call('HSET', KEYS[2], node[1], node[2])
  if node[3] ~= '[]' then redis.call('HSET', KEYS[3], node[1], node[3]) end
end
redis.call('HSET', KEYS[1], 'spec', ARGV[3], 'status', 'pending', 'organization', ARGV[4], 'halted', '', 'parent', ARGV[7])
moveRun('pending')
redis.call('ZADD', prefix .. ':index:runs:' .. ARGV[4], 0, id)
redis.call('SADD', prefix .. ':organizations', ARGV[4])
redis.call('SADD', prefix .. ':unfinished:runs', id)
emit('workflow.queued', ARGV[5], cjson.encode({steps = #graph}))
return 1
`,
);
