/** Runs that a step started and that no step waits for any more: it has ended without them, or is gone. */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import type { LeakCheck } from "../leak-check.ts";
import { membersOf, walkParts } from "../walk.ts";

/** KEYS: any of the shard · ARGV: prefix, ids… → runs whose parent's task is over */
const examineScript = script(`
local final = {completed = true, failed = true, cancelled = true}
local found = {}
for i = 2, #ARGV do
  local row = redis.call('HMGET', ARGV[1] .. ':run:' .. ARGV[i], 'status', 'parent', 'halted')
  if row[1] and not final[row[1]] and row[3] == '' and row[2] and row[2] ~= '' then
    local status = redis.call('HGET', ARGV[1] .. ':task:' .. row[2], 'status')
    if not status or final[status] then found[#found + 1] = ARGV[i] end
  end
end
return found
`);

/** @param cancel ends a run that nobody waits for */
export function orphanRun(cancel: (store: Store, shard: Shard, runId: string) => Promise<void>): LeakCheck {
  return {
    kind: "orphan_run",
    walk: walkParts(async (_store, shard) => [{ key: shard.unfinishedRuns(), read: membersOf }]),
    async examine(store, shard, ids) {
      if (ids.length === 0) return [];
      const reply = await store.scripts.run(examineScript, [shard.organizations()], [shard.prefix, ...ids]);
      return z.array(z.string()).parse(reply);
    },
    async repair(store, shard, ids) {
      for (const id of ids) await cancel(store, shard, id);
    },
  };
}
