/** Runs that a step started and that no step waits for any more: whoever ended the step died before it could end the run. */
import {
  asFields,
  type LeakCheck,
  membersOf,
  type Shard,
  type Store,
  script,
  walkParts,
} from "@drover/queue";
import { z } from "zod";
import { cancelOrphan } from "./child-runs.ts";
import { RunEngine } from "./run-engine.ts";
import { parseRunRow } from "./run-row.ts";

/** KEYS: any of the shard · ARGV: prefix, ids… → those whose step has ended or is gone */
const examineScript = script(`
local prefix = ARGV[1]
local final = {completed = true, failed = true, cancelled = true}
local found = {}
for i = 2, #ARGV do
  local run = redis.call('HMGET', prefix .. ':run:' .. ARGV[i], 'status', 'parent', 'halted')
  if run[1] and not final[run[1]] and run[2] and run[2] ~= '' and run[3] == '' then
    local step = redis.call('HGET', prefix .. ':task:' .. run[2], 'status')
    if not step or final[step] then found[#found + 1] = ARGV[i] end
  end
end
return found
`);

export const orphanRun: LeakCheck = {
  kind: "orphan_run",
  walk: walkParts(async (_store, shard) => [{ key: shard.unfinishedRuns(), read: membersOf }]),
  async examine(store, shard, ids) {
    if (ids.length === 0) return [];
    const reply = await store.scripts.run(examineScript, [shard.organizations()], [shard.prefix, ...ids]);
    return z.array(z.string()).parse(reply);
  },
  async repair(store, shard, ids) {
    const engine = new RunEngine(store);
    for (const id of ids) await cancel(store, engine, shard, id);
  },
};

async function cancel(store: Store, engine: RunEngine, shard: Shard, id: string): Promise<void> {
  const row = parseRunRow(asFields(await store.redis.hgetall(shard.run(id))));
  if (row !== null) await cancelOrphan(store, engine, shard, row);
}
