/** The highest sequence number of a catalogue that any replica has trusted, in Redis: an older index does not come back. */
import { duringRedis } from "@drover/access";
import type { Store } from "@drover/queue";
import { z } from "zod";

/** KEYS: the number · ARGV: one that was seen → the highest */
const raiseScript = `
local highest = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1]))
redis.call('SET', KEYS[1], highest)
return highest
`;

export function catalogueSequence(store: Store): (sequence: number) => Promise<number> {
  const key = store.keyspace.site.catalogueSequence();
  return async (sequence) =>
    z.number().parse(await duringRedis(() => store.redis.eval(raiseScript, 1, key, sequence)));
}
