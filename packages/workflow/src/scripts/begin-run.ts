import { script } from "@drover/queue";
import { runPrelude } from "./run-prelude.ts";

/** KEYS: run · ARGV: prefix, id, time, traceparent → {'missing'} | {'final', status} | {'running'} */
export const beginRunScript = script(
  runPrelude,
  `
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return {'missing'} end
if isFinal(status) then return {'final', status} end
if status == 'pending' then
  redis.call('HSET', KEYS[1], 'status', 'running')
  redis.call('HSETNX', KEYS[1], 'started_at', ARGV[3])
  if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'traceparent', ARGV[4]) end
  moveRun('running')
  emit('workflow.started', ARGV[3], '{}')
end
return {'running'}
`,
);
