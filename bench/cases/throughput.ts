/** Tasks a second: submitted and executed at once, submitted alone, executed alone; and what they cost each process. */
import { diagnostics } from "@drover/contracts";
import type { BenchOptions } from "../bench-options.ts";
import { interleave, type Sample } from "../measure/interleave.ts";
import { processorTimeOf } from "../measure/processor-time.ts";
import { timed } from "../measure/until.ts";
import type { Comparison } from "../report/results.ts";
import type { World } from "../world.ts";
import { addJobs, submitTasks, untilJobsAre, untilTasksAre } from "./no-op-tasks.ts";

const measured = [
  {
    name: "tasks_end_to_end",
    what: "no-op tasks submitted in bulk and executed meanwhile, from the first submission to the last end",
    unit: "tasks/s",
    goal: { kind: "at_least", ratio: 0.5 },
  },
  { name: "tasks_submitted", what: "no-op tasks submitted in bulk, while none is executed", unit: "tasks/s" },
  {
    name: "tasks_executed",
    what: "no-op tasks executed that were queued before",
    unit: "tasks/s",
    goal: { kind: "at_least", ratio: 0.5 },
  },
  { name: "redis_time", what: "processor time of Redis for a task, submission included", unit: "µs/task" },
  { name: "worker_time", what: "processor time of the worker for a task", unit: "µs/task" },
] as const;

interface Side {
  readonly workerPid: number | null;
  readonly submit: () => Promise<unknown>;
  readonly done: () => Promise<void>;
  readonly pause: () => Promise<unknown>;
  readonly resume: () => Promise<unknown>;
}

export async function measureThroughput(world: World, options: BenchOptions): Promise<Comparison[]> {
  const { queues, rawTasks, rawWorker, stack } = world;
  const count = options.tasksPerRound;
  const round = async (side: Side): Promise<Sample> => {
    const pids = { redis: stack.redis.pid, worker: side.workerPid };
    let togetherMs = 0;
    const spent = await processorTimeOf(pids, async () => {
      togetherMs = await timed(async () => {
        await side.submit();
        await side.done();
      });
    });
    await side.pause();
    const submitMs = await timed(side.submit);
    const executeMs = await timed(async () => {
      await side.resume();
      await side.done();
    });
    return {
      tasks_end_to_end: (count / togetherMs) * 1000,
      tasks_submitted: (count / submitMs) * 1000,
      tasks_executed: (count / executeMs) * 1000,
      redis_time: (spent.get("redis") ?? 0) / count,
      worker_time: (spent.get("worker") ?? 0) / count,
    };
  };
  const baseline: Side = {
    workerPid: rawWorker.pid,
    submit: () => addJobs(world, count),
    done: () => untilJobsAre(world, 0),
    pause: () => rawTasks.pause(),
    resume: () => rawTasks.resume(),
  };
  const drover: Side = {
    workerPid: stack.service("infra-worker").pid,
    submit: () => submitTasks(world, count),
    done: () => untilTasksAre(world, 0),
    pause: () => queues.pause(diagnostics.name, "bench"),
    resume: () => queues.resume(diagnostics.name),
  };
  return await interleave(
    options.rounds,
    { baseline: () => round(baseline), drover: () => round(drover) },
    measured,
  );
}
