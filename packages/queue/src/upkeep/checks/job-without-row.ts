/** Jobs whose task, run or letter the ledger does not know. Nothing can come of them: they are removed. */
import { z } from "zod";
import { script } from "../../scripts/script-runner.ts";
import { queueNames } from "../../store.ts";
import type { LeakCheck } from "../leak-check.ts";
import { entriesOf, itemsOf, type Part, walkParts } from "../walk.ts";

/** KEYS: any of the shard · ARGV: prefix, `<queue> <job>`… → jobs without a row */
const examineScript = script(`
local prefix = ARGV[1]
local kinds = {task = ':task:', wf = ':run:', dl = ':letter:'}
local found = {}
for i = 2, #ARGV do
  local queue, job = string.match(ARGV[i], '^(%S+) (.+)$')
  local kind = kinds[string.match(job, '^(%l+)_') or '']
  if kind and redis.call('EXISTS', prefix .. kind .. job) == 0
    and redis.call('EXISTS', prefix .. ':' .. queue .. ':' .. job) == 1 then
    found[#found + 1] = ARGV[i]
  end
end
return found
`);

const sets = ["prioritized", "delayed", "waiting-children", "completed", "failed"];
const lists = ["wait", "active"];

export const jobWithoutRow: LeakCheck = {
  kind: "job_without_row",
  walk: walkParts(async (_store, shard) =>
    queueNames.flatMap((queue): Part[] => {
      const part = (read: Part["read"]) => (state: string) => ({
        key: `${shard.prefix}:${queue}:${state}`,
        name: (id: string) => `${queue} ${id}`,
        read,
      });
      return [...sets.map(part(entriesOf)), ...lists.map(part(itemsOf))];
    }),
  ),
  async examine(store, shard, ids) {
    if (ids.length === 0) return [];
    const reply = await store.scripts.run(examineScript, [shard.organizations()], [shard.prefix, ...ids]);
    return z.array(z.string()).parse(reply);
  },
  async repair(store, shard, ids) {
    for (const id of ids) {
      const [queue = "", job = ""] = id.split(" ");
      // One that a worker has now stays until it has ended.
      await store.queue(shard, queue).remove(job, { removeChildren: false });
    }
  },
};
