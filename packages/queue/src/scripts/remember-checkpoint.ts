import { taskScript } from "./task-script.ts";

/** ARGV: prefix, id, epoch, checkpoint as JSON → 'ok' | 'stale' | 'final' */
export const rememberScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status')
if not row[1] or row[1] ~= ARGV[3] then return 'stale' end
if isFinal(row[2]) then return 'final' end
redis.call('HSET', KEYS[1], 'checkpoint', ARGV[4])
return 'ok'
`);
