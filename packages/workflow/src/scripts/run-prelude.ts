/**
 * What the scripts that change a run begin with. Each may be called again with the same arguments and comes to the same
 * state: that is what makes a kill between any two writes harmless.
 */
export const runPrelude = `
local prefix = ARGV[1]
local id = ARGV[2]
local function emit(kind, time, data)
  local stream = prefix .. ':run:' .. id .. ':events'
  local at = redis.call('XADD', stream, 'MAXLEN', '~', 50000, '*', 'type', kind, 'time', time, 'data', data, 'workflow_id', id)
  redis.call('PUBLISH', stream, at)
end
local function isFinal(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end
`;
