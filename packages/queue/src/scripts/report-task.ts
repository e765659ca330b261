import { taskScript } from "./task-script.ts";

/** ARGV: prefix, id, epoch, what, time, event → 'ok' | 'stale' | 'final' */
export const reportScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status')
if not row[1] or row[1] ~= ARGV[3] then return 'stale' end
if isFinal(row[2]) then return 'final' end
emit(ARGV[4], ARGV[5], ARGV[6])
return 'ok'
`);
