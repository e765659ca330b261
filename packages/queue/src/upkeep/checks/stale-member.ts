/** Members of the sets of unfinished, waiting and parked tasks, and unfinished runs, that are final, gone, or in another state. */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import { taskAgents } from "../../task-queue.ts";
import type { LeakCheck } from "../leak-check.ts";
import { entriesOf, membersOf, type Part, walkParts } from "../walk.ts";

/**
 * KEYS: any of the shard · ARGV: prefix, mend (1: removes them), `<set> <task>`… → members that do not belong
 * The sets are named without the prefix.
 */
const memberScript = script(`
local prefix = ARGV[1]
local final = {completed = true, failed = true, cancelled = true}
local untaken = {queued = true, delayed = true, parked = true, waiting = true}
local found = {}
for i = 3, #ARGV do
  local set, id = string.match(ARGV[i], '^(.+) (%S+)$')
  local kind = string.match(set, '^(%l+)')
  local row = prefix .. (set == 'unfinished:runs' and ':run:' or ':task:') .. id
  local status = redis.call('HGET', row, 'status')
  local belongs = status and not final[status]
  if kind == 'waiting' then belongs = untaken[status or ''] end
  if kind == 'parked' then belongs = status == 'parked' end
  local key = prefix .. ':' .. set
  local isMember
  if kind == 'waiting' then isMember = redis.call('ZSCORE', key, id)
  else isMember = redis.call('SISMEMBER', key, id) == 1 end
  if isMember and not belongs then
    found[#found + 1] = ARGV[i]
    if ARGV[2] == '1' then
      redis.call(kind == 'waiting' and 'ZREM' or 'SREM', key, id)
    end
  end
end
return found
`);

const members = async (store: Store, shard: Shard, ids: readonly string[], mend: 0 | 1) => {
  if (ids.length === 0) return [];
  const args = [shard.prefix, mend, ...ids];
  return z.array(z.string()).parse(await store.scripts.run(memberScript, [shard.organizations()], args));
};

export const staleMember: LeakCheck = {
  kind: "stale_member",
  walk: walkParts(async (_store, shard) => {
    const part = (key: string, read: Part["read"]): Part => ({
      key,
      name: (id) => `${key.slice(shard.prefix.length + 1)} ${id}`,
      read,
    });
    const ofAgents = taskAgents.flatMap((agent) => [
      part(shard.unfinished(agent), membersOf),
      part(shard.waiting(agent), entriesOf),
      part(shard.parked(agent), membersOf),
    ]);
    return [part(shard.unfinishedRuns(), membersOf), ...ofAgents];
  }),
  examine: (store, shard, ids) => members(store, shard, ids, 0),
  async repair(store, shard, ids) {
    await members(store, shard, ids, 1);
  },
};
