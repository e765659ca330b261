/** Each change of an organization's templates, as one atomic script. */
import { script } from "@drover/queue";

const keys = `
local prefix, organization = ARGV[1], ARGV[2]
local function part(name, what) return prefix .. ':template:' .. organization .. '/' .. name .. ':' .. what end
`;

/**
 * All of the given templates or none. What is the same as its current version makes no new one.
 * KEYS: templates · ARGV: prefix, organization, time, by, dry run (1), most templates, most versions of one,
 * then of each: name, id, digest, definition, description, size in bytes
 * → {'full'} | {'ok', outcome, version, …}
 */
export const putTemplatesScript = script(
  keys,
  `
local time, by, dry = ARGV[3], ARGV[4], ARGV[5] == '1'
local most, mostVersions = tonumber(ARGV[6]), tonumber(ARGV[7])
local fresh = 0
for at = 8, #ARGV, 6 do
  if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 0 then fresh = fresh + 1 end
end
if fresh > 0 and redis.call('HLEN', KEYS[1]) + fresh > most then return {'full'} end

local function append(name, row, digest, definition, description, size)
  row.latest = row.latest + 1
  row.current, row.digest, row.description = row.latest, digest, description
  row.updated_by, row.updated_at = by, time
  if dry then return end
  local versions, definitions = part(name, 'versions'), part(name, 'definitions')
  redis.call('HSET', versions, row.latest, cjson.encode({version = row.latest, description = description,
    created_by = by, created_at = time, size_bytes = tonumber(size), digest = digest}))
  redis.call('HSET', definitions, row.latest, definition)
  while redis.call('HLEN', versions) > mostVersions do
    redis.call('HDEL', versions, row.oldest)
    redis.call('HDEL', definitions, row.oldest)
    row.oldest = row.oldest + 1
  end
  redis.call('HSET', KEYS[1], name, cjson.encode(row))
  redis.call('DEL', part(name, 'latest'))
end

local reply = {'ok'}
for at = 8, #ARGV, 6 do
  local name, digest = ARGV[at], ARGV[at + 2]
  local stored = redis.call('HGET', KEYS[1], name)
  local row = stored and cjson.decode(stored)
  local outcome = 'unchanged'
  if not row then
    local latest = tonumber(redis.call('GET', part(name, 'latest')) or '0')
    row = {id = ARGV[at + 1], name = name, latest = latest, oldest = latest + 1, created_by = by, created_at = time}
    outcome = 'created'
  elseif row.digest ~= digest then
    outcome = 'updated'
  end
  if outcome ~= 'unchanged' then append(name, row, digest, ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]) end
  reply[#reply + 1] = outcome
  reply[#reply + 1] = row.current
end
if not dry then redis.call('SADD', prefix .. ':template-organizations', organization) end
return reply
`,
);

/** KEYS: templates · ARGV: prefix, organization, name, version, by, time → 'missing' | 'no version' | 'ok' */
export const rollbackTemplateScript = script(
  keys,
  `
local name = ARGV[3]
local stored = redis.call('HGET', KEYS[1], name)
if not stored then return 'missing' end
local version = redis.call('HGET', part(name, 'versions'), ARGV[4])
if not version then return 'no version' end
local row, chosen = cjson.decode(stored), cjson.decode(version)
if row.current == chosen.version then return 'ok' end
row.current, row.digest, row.description = chosen.version, chosen.digest, chosen.description
row.updated_by, row.updated_at = ARGV[5], ARGV[6]
redis.call('HSET', KEYS[1], name, cjson.encode(row))
return 'ok'
`,
);

/**
 * The numbers of its versions are remembered for a while, so that one number does not come to mean two things.
 * KEYS: templates · ARGV: prefix, organization, name, seconds → 0 | 1
 */
export const deleteTemplateScript = script(
  keys,
  `
local name = ARGV[3]
local stored = redis.call('HGET', KEYS[1], name)
if not stored then return 0 end
redis.call('SET', part(name, 'latest'), cjson.decode(stored).latest, 'EX', ARGV[4])
redis.call('HDEL', KEYS[1], name)
redis.call('DEL', part(name, 'versions'), part(name, 'definitions'))
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', prefix .. ':template-organizations', organization) end
return 1
`,
);
