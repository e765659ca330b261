/** What a parked task lacks. It holds nothing and is called when that is there. */
import type { WhyReason } from "@drover/contracts";
import { describeBudget, type LocatedRow, renewsAtMs } from "@drover/queue";
import type { Services } from "../services.ts";

export async function parkedReasons({ store }: Services, { shard, row }: LocatedRow): Promise<WhyReason[]> {
  const { parked_for: parkedFor, spec } = row;
  if (parkedFor === undefined) return [];
  const { code, ref, n: count, m: limit, by, since } = parkedFor;
  switch (code) {
    case "no_free_slot": {
      const { organization_id: organizationId, workspace_id: workspaceId } = spec;
      // Since it parked, another may have come before it.
      const holder =
        workspaceId === null ? null : await store.redis.get(shard.slot(organizationId, workspaceId));
      return [{ code, message: "Another task is working in its workspace.", ref: holder ?? ref }];
    }
    case "quota_exceeded":
      return [
        {
          code,
          message: `${count} of ${limit} tasks of ${ref} were running.`,
          ref,
          ...(count === undefined ? {} : { count }),
          ...(limit === undefined ? {} : { limit }),
        },
      ];
    case "budget_exceeded": {
      const { what = "cost_usd", period = "day" } = parkedFor;
      const nowMs = Date.now();
      const budget = { scope: ref, used: count ?? 0, most: limit ?? 0, what, period };
      const until = new Date(renewsAtMs(period, nowMs)).toISOString();
      return [{ code, message: describeBudget(budget, nowMs), ref, until }];
    }
    case "workflow_paused":
      return [
        {
          code,
          message: `${by ?? "Someone"} paused its run.`,
          ref,
          ...(by === undefined ? {} : { by }),
          ...(since === undefined ? {} : { since }),
        },
      ];
  }
}
