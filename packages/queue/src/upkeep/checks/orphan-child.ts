/** Steps that are not final while their run has ended or is gone: nobody waits for them. They are cancelled. */
import { DroverError } from "@drover/errors";
import { z } from "zod";
import { cancelTask, dropJob } from "../../cancellation.ts";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import { taskAgents } from "../../task-queue.ts";
import type { LeakCheck } from "../leak-check.ts";
import { membersOf, walkParts } from "../walk.ts";

/** KEYS: any of the shard · ARGV: prefix, ids… → unfinished steps of runs that are over */
const examineScript = script(`
local prefix = ARGV[1]
local final = {completed = true, failed = true, cancelled = true}
local found = {}
for i = 2, #ARGV do
  local row = redis.call('HMGET', prefix .. ':task:' .. ARGV[i], 'status', 'run')
  if row[1] and not final[row[1]] and row[2] and row[2] ~= '' then
    local run = redis.call('HGET', prefix .. ':run:' .. row[2], 'status')
    if not run or final[run] then found[#found + 1] = ARGV[i] end
  end
end
return found
`);

export const orphanChild: LeakCheck = {
  kind: "orphan_child",
  walk: walkParts(async (_store, shard) =>
    taskAgents.map((agent) => ({ key: shard.unfinished(agent), read: membersOf })),
  ),
  async examine(store, shard, ids) {
    if (ids.length === 0) return [];
    const reply = await store.scripts.run(examineScript, [shard.organizations()], [shard.prefix, ...ids]);
    return z.array(z.string()).parse(reply);
  },
  async repair(store, shard, ids) {
    for (const id of ids) await cancelOrphan(store, shard, id);
  },
};

async function cancelOrphan(store: Store, shard: Shard, id: string): Promise<void> {
  const agent = await store.redis.hget(shard.task(id), "agent");
  try {
    const outcome = await cancelTask(store, shard, id, "upkeep");
    if (outcome === "cancelled" && agent !== null) await dropJob(store, shard, agent, id);
  } catch (error) {
    if (!(error instanceof DroverError)) throw error;
  }
}
