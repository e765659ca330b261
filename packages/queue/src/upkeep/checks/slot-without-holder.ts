/**
 * Workspaces that are held for a task that neither runs nor waits for an answer. A lease frees such a place by itself in the end; this is sooner, and
 * counts it.
 */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import type { LeakCheck } from "../leak-check.ts";
import { scanned } from "./scanned.ts";

/** KEYS: any of the shard · ARGV: prefix, mend (1: frees them), keys without the prefix… → places held for nobody */
const slotScript = script(`
local found = {}
for i = 3, #ARGV do
  local key = ARGV[1] .. ':' .. ARGV[i]
  if string.match(ARGV[i], '^slot:') and redis.call('TYPE', key).ok == 'string' then
    local holder = redis.call('GET', key)
    local status = redis.call('HGET', ARGV[1] .. ':task:' .. holder, 'status')
    if status ~= 'running' and status ~= 'waiting' then
      found[#found + 1] = ARGV[i]
      if ARGV[2] == '1' then redis.call('DEL', key) end
    end
  end
end
return found
`);

async function held(store: Store, shard: Shard, ids: readonly string[], mend: 0 | 1): Promise<string[]> {
  const slots = ids.filter((id) => id.startsWith("slot:"));
  if (slots.length === 0) return [];
  const args = [shard.prefix, mend, ...slots];
  return z.array(z.string()).parse(await store.scripts.run(slotScript, [shard.organizations()], args));
}

export const slotWithoutHolder: LeakCheck = {
  kind: "slot_without_holder",
  walk: scanned,
  examine: (store, shard, ids) => held(store, shard, ids, 0),
  async repair(store, shard, ids) {
    await held(store, shard, ids, 1);
  },
};
