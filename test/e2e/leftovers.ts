/** What may stand in Redis without an expiry when all work is done, and why. */
import type { Redis } from "ioredis";

/** After the hash tag. Everything else must expire. */
const permanent: readonly RegExp[] = [
  // Indexes of ids: cut by age by the upkeep.
  /^index:(tasks|runs|dead-letters|approvals):/,
  /^organizations$/,
  // What has ended, cut by retention; how many there are of what; what upkeep has found and where it stands.
  /^ended:(tasks|runs):/,
  /^tally:(tasks|runs)$/,
  /^upkeep:[a-z]+$/,
  // Forgotten with its task.
  /^approval:apr_[0-9a-z]{26}$/,
  // Limits that somebody has set.
  /^quotas$/,
  // BullMQ's own: one of each per queue, bounded by its retention of jobs.
  /^[a-z-]+:(meta|id|events|marker|stalled|stalled-check|wait|active|paused|completed|failed|delayed|prioritized|pc|repeat|waiting-children|metrics.*)$/,
  /^maintenance:(repeat:.*|\d+|[\w:-]+)$/,
  // Jobs that have ended, kept by count and age.
  /^[a-z-]+:(task|wf)_[0-9a-z]{26}(:.*)?$/,
  // Keys of the API; one name per organization.
  /^access:/,
  /^(?:plugin|usage)-organizations$/,
  // What workspaces are set to: until they are forgotten.
  /^registrations$/,
  /^registration(-of)?:/,
];

/** Keys that neither expire nor may stay. */
export async function leftovers(redis: Redis): Promise<string[]> {
  const left: string[] = [];
  for await (const keys of redis.scanStream({ count: 500 })) {
    for (const key of Array.isArray(keys) ? keys.map(String) : []) {
      const name = key.replace(/^\{drover-\d+\}:/, "");
      if (permanent.some((pattern) => pattern.test(name))) continue;
      if ((await redis.ttl(key)) === -1) left.push(key);
    }
  }
  return left;
}
