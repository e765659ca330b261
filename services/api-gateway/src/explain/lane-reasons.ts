/** Who starts before a queued task, and when its turn comes at the rate at which its agent works now. */
import type { WhyReason } from "@drover/contracts";
import { drainMs, finishedPerMinute, type LocatedRow } from "@drover/queue";
import type { Services } from "../services.ts";

/** @param always whether to say so even when nothing is ahead, since there is no other reason */
export async function laneReasons(
  { queues, store }: Services,
  { shard, row }: LocatedRow,
  always: boolean,
): Promise<WhyReason[]> {
  const { agent, id, priority } = row.spec;
  const standing = await queues.standing(shard, agent, id, priority);
  if (standing === null || standing.ahead === 0) {
    const message = "It is next, as soon as a worker is free.";
    return always ? [{ code: "queued_behind", message, ref: agent, position: 1, ahead: 0 }] : [];
  }
  const { position, ahead } = standing;
  const perMinute = await finishedPerMinute(store, shard, agent);
  return [
    {
      code: "queued_behind",
      message: `${ahead} tasks of ${agent} start before it; it is number ${position} in the lane "${priority}".`,
      ref: agent,
      position,
      ahead,
      ...(perMinute === 0 ? {} : { until: new Date(Date.now() + drainMs(ahead, perMinute)).toISOString() }),
    },
  ];
}
