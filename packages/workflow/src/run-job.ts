/** The job of a run in the queue `workflow`: it waits, parked, for its children, and is woken when none is pending. */
import { RetryableFailure } from "@drover/errors";
import { removeEndedJob, type Shard, type Store } from "@drover/queue";
import type { RunSpec } from "./run-row.ts";

/** Adding it twice is adding it once, as its id is the run's. */
export async function enqueueRun(store: Store, shard: Shard, spec: RunSpec): Promise<void> {
  const job = await store.queue(shard, "workflow").add(
    spec.definition.name,
    {},
    {
      jobId: spec.id,
      removeOnComplete: { age: 24 * 3600, count: 10_000 },
      removeOnFail: false,
      attempts: 1_000_000,
      backoff: { type: "custom" },
    },
  );
  if (job.id !== spec.id)
    throw new RetryableFailure("internal", `the queue workflow refused a job (${job.id})`);
}

/** Gives a run that goes on after its end a job again. */
export async function requeueRun(store: Store, shard: Shard, spec: RunSpec): Promise<void> {
  await removeEndedJob(store, shard, "workflow", spec.id);
  await enqueueRun(store, shard, spec);
}
