import { script } from "@drover/queue";
import { runPrelude } from "./run-prelude.ts";

/** KEYS: run · ARGV: prefix, id, by, time → 'missing' | 'final' | 'halted' (it is being cancelled) | 'paused' (now, or before) */
export const pauseRunScript = script(
  runPrelude,
  `
local row = redis.call('HMGET', KEYS[1], 'status', 'halted', 'paused')
if not row[1] then return 'missing' end
if isFinal(row[1]) then return 'final' end
if row[2] ~= '' then return 'halted' end
if not row[3] then
  redis.call('HSET', KEYS[1], 'paused', ARGV[4], 'paused_by', ARGV[3])
  emit('workflow.paused', ARGV[4], cjson.encode({by = ARGV[3]}))
end
return 'paused'
`,
);

/** KEYS: run, held · ARGV: prefix, id, by, time → {'missing'} | {'final'} | {'running', ids of tasks that wait for it…} */
export const resumeRunScript = script(
  runPrelude,
  `
local row = redis.call('HMGET', KEYS[1], 'status', 'paused')
if not row[1] then return {'missing'} end
if isFinal(row[1]) then return {'final'} end
if row[2] then
  redis.call('HDEL', KEYS[1], 'paused', 'paused_by')
  emit('workflow.resumed', ARGV[4], cjson.encode({by = ARGV[3]}))
end
local held = redis.call('SMEMBERS', KEYS[2])
redis.call('DEL', KEYS[2])
-- Should the caller die now, the sweeper wakes them.
for _, task in ipairs(held) do redis.call('ZADD', prefix .. ':woken', redis.call('TIME')[1], task) end
table.insert(held, 1, 'running')
return held
`,
);
