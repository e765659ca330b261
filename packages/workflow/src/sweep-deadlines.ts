/** Ends tasks whose time is over while no worker has them; a step's run goes on from there, or fails by it. */
import { dropJob, expireTasks, type Shard, type Store } from "@drover/queue";
import type { RunEngine } from "./run-engine.ts";

/** @returns how many ended */
export async function sweepDeadlines(store: Store, shard: Shard, engine: RunEngine): Promise<number> {
  return await expireTasks(store, shard, async (task) => {
    if (task.workflowId !== null && task.stepId !== null)
      await engine.stepEnded(shard, task.workflowId, task.stepId);
    // Only after its run knows: the job of a step holds the run open.
    await dropJob(store, shard, task.agent, task.id);
  });
}
