/** Dead letters that the queue `dead-letter` does not show and that do not stand in line for it. */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { LeakCheck } from "../leak-check.ts";
import { indexedIn, walkParts } from "../walk.ts";

/** KEYS: list of the unmirrored · ARGV: prefix, ids… → letters that are there and nowhere shown */
const examineScript = script(`
local prefix = ARGV[1]
local found = {}
for i = 2, #ARGV do
  if redis.call('EXISTS', prefix .. ':letter:' .. ARGV[i]) == 1
    and redis.call('EXISTS', prefix .. ':dead-letter:' .. ARGV[i]) == 0
    and not redis.call('LPOS', KEYS[1], ARGV[i]) then
    found[#found + 1] = ARGV[i]
  end
end
return found
`);

export const letterUnmirrored: LeakCheck = {
  kind: "letter_unmirrored",
  walk: walkParts(async (store, shard) => {
    const organizations = await store.redis.smembers(shard.organizations());
    return organizations.sort().map((organization) => ({
      key: shard.index("dead-letters", organization),
      read: indexedIn,
    }));
  }),
  async examine(store, shard, ids) {
    if (ids.length === 0) return [];
    const args = [shard.prefix, ...ids];
    return z
      .array(z.string())
      .parse(await store.scripts.run(examineScript, [shard.unmirroredDeadLetters()], args));
  },
  async repair(store, shard, ids) {
    if (ids.length > 0) await store.redis.rpush(shard.unmirroredDeadLetters(), ...ids);
  },
};
