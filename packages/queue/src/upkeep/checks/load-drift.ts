/** Tasks that are counted in a quota, or hold a workspace, otherwise than their status says. */
import { settleLoads } from "../../settle-loads.ts";
import { taskAgents } from "../../task-queue.ts";
import type { LeakCheck } from "../leak-check.ts";
import { membersOf, walkParts } from "../walk.ts";

export const loadDrift: LeakCheck = {
  kind: "load_drift",
  walk: walkParts(async (_store, shard) =>
    taskAgents.map((agent) => ({ key: shard.unfinished(agent), read: membersOf })),
  ),
  examine: (store, shard, ids) => settleLoads(store, shard, ids, false),
  async repair(store, shard, ids) {
    await settleLoads(store, shard, ids, true);
  },
};
