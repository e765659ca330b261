import { taskScript } from "./task-script.ts";

/**
 * Records what a hold has used so far, while its task runs.
 * ARGV: prefix, id, epoch, usage as JSON
 * → {'stale'} | {'final'} | {'ok'} | {'ok', scope, used, most, 'cost_usd' or 'tokens', period}: a budget is used up
 */
export const spendScript = taskScript(`
local row = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'organization', 'tenant', 'agent')
if not row[1] or row[1] ~= ARGV[3] then return {'stale'} end
if isFinal(row[2]) then return {'final'} end
spend(ARGV[4])
local reached = budgetReached(row[3], row[4], row[5])
if not reached then return {'ok'} end
return {'ok', reached[1], tostring(reached[2]), tostring(reached[3]), reached[4], reached[5]}
`);
