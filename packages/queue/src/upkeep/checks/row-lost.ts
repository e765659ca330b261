/** Ids in an index whose row is gone: nothing of Drover deletes the one without the other. They leave the index. */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import type { LeakCheck } from "../leak-check.ts";
import { indexedAs, indexedEntry } from "./indexed.ts";

/** KEYS: any of the shard · ARGV: prefix, mend (1: takes them from the index), names… → those without a row */
const lostScript = script(
  indexedEntry,
  `
local found = {}
for i = 3, #ARGV do
  local at = entry(ARGV[1], ARGV[i])
  if redis.call('EXISTS', at.row) == 0 and redis.call('ZSCORE', at.index, at.id) then
    found[#found + 1] = ARGV[i]
    if ARGV[2] == '1' then redis.call('ZREM', at.index, at.id) end
  end
end
return found
`,
);

async function lost(store: Store, shard: Shard, ids: readonly string[], mend: 0 | 1): Promise<string[]> {
  if (ids.length === 0) return [];
  const args = [shard.prefix, mend, ...ids];
  return z.array(z.string()).parse(await store.scripts.run(lostScript, [shard.organizations()], args));
}

export const rowLost: LeakCheck = {
  kind: "row_lost",
  walk: indexedAs(["tasks", "runs", "dead-letters", "approvals"]),
  examine: (store, shard, ids) => lost(store, shard, ids, 0),
  async repair(store, shard, ids) {
    await lost(store, shard, ids, 1);
  },
};
