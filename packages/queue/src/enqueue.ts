/** Puts accepted tasks on their agents' queues. The job carries an id and nothing else; the ledger holds the rest. */
import { RetryableFailure } from "@drover/errors";
import type { BulkJobOptions } from "bullmq";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";
import { queueOfAgent } from "./task-queue.ts";

export interface Enqueueable {
  readonly id: string;
  readonly agent: string;
  /** What Bull Board shows as the job's name, e.g. the action. */
  readonly name: string;
  readonly priority: number;
  readonly delayMs: number;
  /** The run whose step it is. */
  readonly parentRunId: string | null;
}

/** How many jobs one round trip adds: more would hold Redis up for everybody. */
const chunkSize = 500;

/**
 * Finished jobs stay a while for Bull Board; failed ones until their task is forgotten, since removing a failed child of a
 * run that lives releases its parent.
 * Attempts are the ledger's business: BullMQ's own count only bounds how often trouble with Redis itself is retried.
 */
const retention: BulkJobOptions = {
  removeOnComplete: { age: 24 * 3600, count: 10_000 },
  removeOnFail: false,
  attempts: 1_000_000,
  backoff: { type: "custom" },
};

/** Adding a job twice is adding it once, as its id is the task's. */
export async function enqueue(store: Store, shard: Shard, tasks: readonly Enqueueable[]): Promise<void> {
  const byAgent = groupBy(tasks, (task) => task.agent);
  for (const [agent, group] of byAgent) {
    const queue = store.queue(shard, queueOfAgent(agent));
    for (let start = 0; start < group.length; start += chunkSize) {
      const jobs = await queue.addBulk(
        group.slice(start, start + chunkSize).map((task) => jobOf(shard, task)),
      );
      // addBulk reports what a script refused as a negative id, e.g. -5 where the parent is gone.
      const refused = jobs.find((job) => job.id === undefined || Number(job.id) < 0);
      if (refused !== undefined) {
        throw new RetryableFailure("internal", `the queue ${agent} refused a job (${refused.id})`);
      }
    }
  }
}

/** What a script needs to add the task's job by BullMQ's own: the command, how many keys it takes, those, and its arguments. */
export function recordAdd(store: Store, shard: Shard, task: Enqueueable): (string | number | Buffer)[] {
  const { name, opts } = jobOf(shard, task);
  const { command, keys, args } = store.jobRecorder(shard, queueOfAgent(task.agent)).record(name, opts);
  return [command, keys.length, ...keys, ...args];
}

function jobOf(shard: Shard, task: Enqueueable) {
  const parent =
    task.parentRunId === null
      ? {}
      : {
          parent: { id: task.parentRunId, queue: `${shard.prefix}:workflow` },
          ignoreDependencyOnFailure: true,
        };
  return {
    name: task.name,
    data: {},
    opts: { ...retention, ...parent, jobId: task.id, priority: task.priority, delay: task.delayMs },
  };
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
