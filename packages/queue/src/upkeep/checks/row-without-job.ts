/**
 * Tasks that nothing would ever carry out: their job is gone, has ended without them, or stands in no list of its queue.
 * A gateway that dies between ledger and queue leaves such a task.
 */
import { z } from "zod";
import { requeueTasks } from "../../requeue-tasks.ts";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import { taskAgents } from "../../task-queue.ts";
import type { LeakCheck } from "../leak-check.ts";
import { membersOf, walkParts } from "../walk.ts";
import { liveJob } from "./live-job.ts";

/** KEYS: any of the shard · ARGV: prefix, ids… → those without a live job */
const examineScript = script(
  liveJob,
  `
local prefix = ARGV[1]
local found = {}
for i = 2, #ARGV do
  local row = redis.call('HMGET', prefix .. ':task:' .. ARGV[i], 'status', 'agent')
  local status = row[1]
  if status and status ~= 'completed' and status ~= 'failed' and status ~= 'cancelled' then
    local queue = row[2] == 'control' and 'workflow' or row[2]
    if not isLive(prefix .. ':' .. queue, ARGV[i]) then found[#found + 1] = ARGV[i] end
  end
end
return found
`,
);

const found = z.array(z.string());

export const rowWithoutJob: LeakCheck = {
  kind: "row_without_job",
  walk: walkParts(async (_store, shard) =>
    taskAgents.map((agent) => ({ key: shard.unfinished(agent), read: membersOf })),
  ),
  examine,
  repair: requeueTasks,
};

/**
 * The same for what has become ready lately, so that a task that was just acknowledged is not found only when the walk
 * through a hundred thousand others comes round to it.
 */
export const newRowWithoutJob: LeakCheck = {
  ...rowWithoutJob,
  walk: async (store, shard, cursor, limit) => {
    const ids: string[] = [];
    const marks: string[] = [];
    const seen = new Map(
      cursor.split(",").map((mark): [string, string] => [mark.split("=")[0] ?? "", mark.split("=")[1] ?? ""]),
    );
    for (const agent of taskAgents) {
      const after = seen.get(agent) ?? String(Date.now() - recentMs);
      const flat = await store.redis.zrangebyscore(
        shard.waiting(agent),
        `(${after}`,
        Date.now(),
        "WITHSCORES",
        "LIMIT",
        0,
        limit,
      );
      ids.push(...flat.filter((_, position) => position % 2 === 0));
      marks.push(`${agent}=${flat.at(-1) ?? after}`);
    }
    return { ids, cursor: marks.join(",") };
  },
};
/** How far back the first pass looks. */
const recentMs = 60_000;

async function examine(store: Store, shard: Shard, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  return found.parse(await store.scripts.run(examineScript, [shard.organizations()], [shard.prefix, ...ids]));
}
