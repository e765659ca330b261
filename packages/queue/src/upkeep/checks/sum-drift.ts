/** Counts whose sums are not what is there, although each row may be counted rightly: then all is counted anew. */
import type { LeakCheck } from "../leak-check.ts";
import { recount } from "../recount.ts";
import { readStanding } from "../standing.ts";

const all = ["counts"];

export const sumDrift: LeakCheck = {
  kind: "sum_drift",
  walk: async () => ({ ids: all, cursor: "" }),
  async examine(store, shard, ids) {
    if (ids.length === 0) return [];
    return (await readStanding(store, shard)).drift.length > 0 ? all : [];
  },
  async repair(store, shard, ids) {
    if (ids.length > 0) await recount(store, shard);
  },
};
