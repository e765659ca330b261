/**
 * Lua: `redis` for the scripts of tasks, which reads a task's row and its tenant's counters once, and writes what has changed
 * of them once, at the end. Scripts go on saying `redis.call('HSET', …)` wherever something changes, and a task that is taken
 * or finished costs a third of the commands. Within a script nobody else can look, so nobody sees the difference.
 *
 * `newWork()` → {call = as redis.call, keep = (key of a row), flush = (writes)}
 */

/** What scripts ask of a row; whatever else they ask is read when they do. */
const usualFields = [
  ...["status", "cancel", "attempt", "agent", "tenant", "run", "step", "max", "organization", "load", "line"],
  ...["parked_for", "start_by", "end_by", "epoch", "delivery", "lane", "tally", "priority", "started_at"],
  ...["until", "slot", "redo", "letter", "worker"],
];

export const unitOfWorkLua = `
local function newWork()
  local real = redis.call
  -- By key: what it is, what is known of it (false: a field that is not there), what it was, what is to be written.
  local kinds, known, before, writes, removed, sums = {}, {}, {}, {}, {}, {}
  local usual = {${usualFields.map((field) => `'${field}'`).join(", ")}}

  local function text(value)
    if type(value) ~= 'number' then return value end
    if value == math.floor(value) and math.abs(value) < 1e15 then return string.format('%d', value) end
    return string.format('%.17g', value)
  end
  local function kindOf(key)
    local kind = kinds[key]
    if kind == nil then
      kind = (string.find(key, '}:load:', 1, true) and 'load') or (string.find(key, '}:tally:', 1, true) and 'sum') or false
      kinds[key] = kind
    end
    return kind
  end
  local function learn(key, fields, values)
    local row, was = known[key], before[key]
    for i, field in ipairs(fields) do
      if row[field] == nil then row[field] = values[i]; was[field] = values[i] end
    end
  end
  local function touch(key)
    if not known[key] then known[key] = {}; before[key] = {}; writes[key] = {}; removed[key] = {} end
    return known[key]
  end
  -- What is known of a key once these fields of it are.
  local function read(key, fields)
    local row = touch(key)
    if not row['\\0'] then
      row['\\0'] = true
      if kinds[key] == 'load' then
        local flat, names, values = real('HGETALL', key), {}, {}
        for i = 1, #flat, 2 do names[#names + 1] = flat[i]; values[#values + 1] = flat[i + 1] end
        learn(key, names, values)
        row['\\0'] = 'whole'
      else
        learn(key, usual, real('HMGET', key, unpack(usual)))
      end
    end
    if row['\\0'] == 'whole' then return row end
    local missing = {}
    for _, field in ipairs(fields) do
      if row[field] == nil then missing[#missing + 1] = field end
    end
    if #missing > 0 then learn(key, missing, real('HMGET', key, unpack(missing))) end
    return row
  end
  local function set(key, field, value)
    touch(key)[field] = text(value)
    writes[key][field] = true
    removed[key][field] = nil
  end
  local function writeOut(key)
    local fields, row = {}, known[key]
    for field in pairs(writes[key]) do
      if row[field] ~= before[key][field] then fields[#fields + 1] = field; fields[#fields + 1] = row[field] end
    end
    if #fields > 0 then real('HSET', key, unpack(fields)) end
    local gone = {}
    for field in pairs(removed[key]) do gone[#gone + 1] = field end
    if #gone > 0 then real('HDEL', key, unpack(gone)) end
  end
  local function addUp(key)
    for field, by in pairs(sums[key]) do
      if by ~= 0 then real('HINCRBY', key, field, text(by)) end
    end
  end
  local function forget(key)
    if known[key] then writeOut(key); known[key] = nil end
    if sums[key] then addUp(key); sums[key] = nil end
  end

  local on = {}
  function on.HGET(key, field) return read(key, {field})[field] or false end
  function on.HMGET(key, ...)
    local row, values = read(key, {...}), {}
    for i, field in ipairs({...}) do values[i] = row[field] or false end
    return values
  end
  function on.HSET(key, ...)
    local pairs_ = {...}
    for i = 1, #pairs_, 2 do set(key, pairs_[i], pairs_[i + 1]) end
  end
  function on.HSETNX(key, field, value)
    if read(key, {field})[field] then return 0 end
    set(key, field, value)
    return 1
  end
  function on.HINCRBY(key, field, by)
    local now = (tonumber(read(key, {field})[field] or 0) or 0) + tonumber(by)
    set(key, field, now)
    return now
  end
  function on.HDEL(key, ...)
    local row, count = read(key, {...}), 0
    for _, field in ipairs({...}) do
      if row[field] then
        count = count + 1
        if before[key][field] then removed[key][field] = true end
      end
      row[field] = false
      writes[key][field] = nil
    end
    return count
  end
  local function call(command, key, ...)
    if key == nil then return real(command) end
    local kind = kindOf(key)
    if not kind then return real(command, key, ...) end
    if kind == 'sum' then
      if command ~= 'HINCRBY' then forget(key); return real(command, key, ...) end
      local field, by = ...
      local all = sums[key]
      if not all then all = {}; sums[key] = all end
      all[field] = (all[field] or 0) + by
      return nil
    end
    if on[command] then return on[command](key, ...) end
    -- Whatever else is done to such a key is done to what it has become.
    forget(key)
    return real(command, key, ...)
  end
  return {
    call = call,
    keep = function(key) kinds[key] = 'row' end,
    flush = function()
      for key in pairs(known) do writeOut(key) end
      for key in pairs(sums) do addUp(key) end
      known, sums = {}, {}
    end,
  }
end
`;
