/** Tasks that do nothing, in bulk: submitted, waited for, on both sides. */
import { diagnostics, newId } from "@drover/contracts";
import type { NewTask } from "@drover/queue";
import { rawJobOptions } from "../baseline/raw-queues.ts";
import { until } from "../measure/until.ts";
import type { World } from "../world.ts";

const chunkSize = 500;
const organizationId = "default";
/** About as much as a small task carries. */
const value = "x".repeat(150);

export function noOpTask(): NewTask {
  return {
    id: newId("task"),
    agent: diagnostics.name,
    type: diagnostics.name,
    payload: { action: "echo", value },
    organizationId,
    workspaceId: null,
    priority: "normal",
    maxAttempts: 3,
    timeoutSeconds: 60,
    delaySeconds: 0,
    labels: {},
    createdBy: "bench",
    traceparent: null,
    step: null,
  };
}

/** What the baseline's jobs carry: as much as a task's payload. */
export const noOpData = { action: "echo", value };

export async function submitTasks({ scheduler }: World, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let left = count; left > 0; left -= chunkSize) {
    const tasks = Array.from({ length: Math.min(left, chunkSize) }, noOpTask);
    const admissions = await scheduler.submitMany(tasks);
    for (const admission of admissions) {
      if ("error" in admission) throw admission.error;
      ids.push(admission.id);
    }
  }
  return ids;
}

export async function addJobs({ rawTasks }: World, count: number): Promise<void> {
  for (let left = count; left > 0; left -= chunkSize) {
    const jobs = Array.from({ length: Math.min(left, chunkSize) }, () => ({
      name: "task",
      data: noOpData,
      opts: rawJobOptions,
    }));
    await rawTasks.addBulk(jobs);
  }
}

/** How many tasks are not final. */
export async function unfinishedTasks({ store }: World): Promise<number> {
  return await store.redis.scard(store.keyspace.shardOf(organizationId).unfinished(diagnostics.name));
}

/** How many jobs of the baseline are not final. */
export async function unfinishedJobs({ rawTasks }: World): Promise<number> {
  const counts = await rawTasks.getJobCounts("waiting", "active");
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export async function untilTasksAre(world: World, atMost: number): Promise<void> {
  await until(async () => (await unfinishedTasks(world)) <= atMost);
}

export async function untilJobsAre(world: World, atMost: number): Promise<void> {
  await until(async () => (await unfinishedJobs(world)) <= atMost);
}
