/**
 * Runs that are not final and that nothing would ever wake: their job is gone or has ended, or it waits for children none of
 * which is left.
 */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import type { Shard } from "../../shard.ts";
import type { Store } from "../../store.ts";
import type { LeakCheck } from "../leak-check.ts";
import { membersOf, walkParts } from "../walk.ts";
import { liveJob } from "./live-job.ts";

/** KEYS: any of the shard · ARGV: prefix, nowMs, ids… → runs that nothing wakes */
const examineScript = script(
  liveJob,
  `
local prefix = ARGV[1]
local final = {completed = true, failed = true, cancelled = true}
local queue = prefix .. ':workflow'
local function waitsForNothing(id)
  if not redis.call('ZSCORE', queue .. ':waiting-children', id) then return false end
  for _, child in ipairs(redis.call('SRANDMEMBER', queue .. ':' .. id .. ':dependencies', 50)) do
    local job = redis.call('HMGET', child, 'timestamp', 'finishedOn')
    if job[1] and not job[2] then return false end
  end
  return true
end
-- A run that nobody has paused sleeps for moments only; its wake-up was lost. BullMQ's score is the time × 4096.
local function oversleeps(id)
  local score = redis.call('ZSCORE', queue .. ':delayed', id)
  return score and tonumber(score) / 4096 > tonumber(ARGV[2]) + 300000
end
local found = {}
for i = 3, #ARGV do
  local row = redis.call('HMGET', prefix .. ':run:' .. ARGV[i], 'status', 'paused')
  local open = row[1] and not final[row[1]]
  if open and (not isLive(queue, ARGV[i])
    or (not row[2] and (waitsForNothing(ARGV[i]) or oversleeps(ARGV[i])))) then
    found[#found + 1] = ARGV[i]
  end
end
return found
`,
);

/** @param wake gives a run a job that looks where it stands */
export function runStuck(wake: (store: Store, shard: Shard, runId: string) => Promise<void>): LeakCheck {
  return {
    kind: "run_stuck",
    walk: walkParts(async (_store, shard) => [{ key: shard.unfinishedRuns(), read: membersOf }]),
    async examine(store, shard, ids) {
      if (ids.length === 0) return [];
      const args = [shard.prefix, Date.now(), ...ids];
      const reply = await store.scripts.run(examineScript, [shard.organizations()], args);
      return z.array(z.string()).parse(reply);
    },
    async repair(store, shard, ids) {
      for (const id of ids) await wake(store, shard, id);
    },
  };
}
