/** The names and options of the baseline's queues: BullMQ as its guide says, with the retention that Drover's jobs have. */
import type { BulkJobOptions } from "bullmq";

/** Apart from Drover's keys, on the same Redis. */
export const rawPrefix = "{bench-raw}";
export const rawQueues = { tasks: "tasks", accepted: "accepted", runs: "runs", steps: "steps" } as const;

export const rawJobOptions: BulkJobOptions = {
  removeOnComplete: { age: 24 * 3600, count: 10_000 },
  removeOnFail: { age: 30 * 24 * 3600 },
  attempts: 3,
};

/** Hash: a run of the baseline's engine → when it ended. */
export const endedRuns = `${rawPrefix}:ended-runs`;
