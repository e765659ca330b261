import { taskScript } from "./task-script.ts";

/**
 * Replaces all limits of a scope, and calls those who waited for one that is wider now.
 * ARGV: prefix, '', scope, then field and value of each limit → {id, agent, …} who may start
 */
export const setQuotaScript = taskScript(`
local quotas, scope = prefix .. ':quotas', ARGV[3]
for _, field in ipairs(redis.call('HKEYS', quotas)) do
  if string.sub(field, 1, #scope + 1) == scope .. '|' then redis.call('HDEL', quotas, field) end
end
for i = 4, #ARGV, 2 do redis.call('HSET', quotas, scope .. '|' .. ARGV[i], ARGV[i + 1]) end
local called = {}
for _, thing in ipairs(redis.call('SMEMBERS', prefix .. ':lines')) do
  if string.sub(thing, 1, 5) ~= 'slot:' then callNext(thing, roomOf(thing), called) end
end
return called
`);
