import { taskScript } from "./task-script.ts";
import { waitPrelude } from "./wait-prelude.ts";

/**
 * Lets a control step's task wait for a time, or for a run that has not ended.
 * ARGV: prefix, id, epoch, status, untilMs, waitsFor, run it waits for or '', time, event or ''
 * → 'stale' | 'final' | 'waiting' | 'over' (the run has ended; nothing was written)
 */
export const waitScript = taskScript(`${waitPrelude}
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'agent')
if not row[1] or row[1] ~= ARGV[3] then return 'stale' end
if isFinal(row[2]) then return 'final' end
if ARGV[7] ~= '' then
  local status = redis.call('HGET', prefix .. ':run:' .. ARGV[7], 'status')
  if not status or isFinal(status) then return 'over' end
end
startWaiting(row[3], ARGV[4], ARGV[5], ARGV[6])
if ARGV[9] ~= '' then emit('progress', ARGV[8], ARGV[9]) end
return 'waiting'
`);
