import { script } from "@drover/queue";
import { runPrelude } from "./run-prelude.ts";

/**
 * KEYS: run · ARGV: prefix, id, by, time → 'missing' | 'final' | 'halted' (steps are being stopped)
 * From here on no step becomes ready.
 */
export const haltRunScript = script(
  runPrelude,
  `
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 'missing' end
if isFinal(status) then return 'final' end
redis.call('HSET', KEYS[1], 'halted', 'cancelled', 'cancelled_by', ARGV[3], 'cancel', ARGV[4])
return 'halted'
`,
);
