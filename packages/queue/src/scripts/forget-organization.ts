import { script } from "./script-runner.ts";

/**
 * Takes an organization of which nothing is left from the set of those that have anything.
 * KEYS: the set · ARGV: prefix, organization → 1 it is gone | 0 it has something
 */
export const forgetOrganizationScript = script(`
for _, what in ipairs({'tasks', 'runs', 'dead-letters', 'approvals'}) do
  if redis.call('EXISTS', ARGV[1] .. ':index:' .. what .. ':' .. ARGV[2]) == 1 then return 0 end
end
return redis.call('SREM', KEYS[1], ARGV[2])
`);
