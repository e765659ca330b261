/**
 * Fair share by BullMQ priorities (1 is first): within a lane, the n-th unfinished task of a tenant gets place n, so one
 * tenant's thousand tasks do not stand before another's first.
 */
import type { Priority } from "@drover/contracts";

/** BullMQ's largest priority is 2,097,151; three lanes share it. */
const laneSize = 690_000;
const lanes: Record<Priority, number> = { urgent: 0, normal: 1, batch: 2 };

/** @param nth which unfinished task of its tenant it is, from 1 */
export function lanePriority(priority: Priority, nth: number): number {
  return lanes[priority] * laneSize + Math.min(Math.max(1, nth), laneSize);
}
