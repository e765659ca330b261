/**
 * Fair share by BullMQ priorities (1 is first). There are three lanes; within a lane the n-th unfinished task of a tenant
 * stands at place n, so one tenant's thousand tasks do not stand before another's first. At one place, the tasks of an
 * organization take turns: a tenant that spreads over a thousand workspaces has a thousand first tasks, and only its first
 * stands beside the first of another organization.
 *
 * The scripts compute the number, since only they count and place in one moment; this file holds what it is made of.
 */
import type { Priority } from "@drover/contracts";

/** BullMQ's largest priority is 2,097,151; three lanes share it. */
export const laneSize = 690_000;
/** In this order they are served. */
export const lanes = { urgent: 0, normal: 1, batch: 2 } as const satisfies Record<Priority, number>;
/** How many tasks of one organization are told apart at one place. */
export const turnsAtPlace = 64;
/** Beyond this place tasks stand in the order in which they came. */
export const lastPlace = Math.floor(laneSize / turnsAtPlace);

/** The least and the greatest BullMQ priority of a lane. */
export function laneBounds(priority: Priority): { readonly first: number; readonly last: number } {
  const before = lanes[priority] * laneSize;
  return { first: before + 1, last: before + laneSize };
}
