/** Compares a task that has ended with what its program says it must come to. */
import type { Task } from "@drover/contracts";
import type { TaskWork } from "../program/task-work.ts";

export interface TaskFacts {
  /** Whether the cancel was acknowledged with the task already cancelled. */
  readonly cancelled: boolean;
  /** Whether it was seen failed and its dead letter redriven. */
  readonly redriven: boolean;
}

export function taskFaults(work: TaskWork, task: Task, facts: TaskFacts): string[] {
  const { outcome, operation } = work;
  if (facts.cancelled && task.status !== "cancelled")
    return [`it was acknowledged as cancelled, and is ${task.status}`];
  if (task.status === "cancelled")
    return operation.kind === "cancel" ? [] : ["it is cancelled, and nobody asked for it"];
  if (outcome.kind === "failure")
    return task.status === "failed" ? [] : [`it is ${task.status}, and had to fail`];
  if (outcome.kind === "failsOnce" && !facts.redriven && task.status === "failed") return [];
  const fault =
    task.status !== "completed"
      ? `it is ${task.status} (${task.error?.code}: ${task.error?.message}), and had to complete`
      : task.result?.output !== outcome.value
        ? `it answered ${JSON.stringify(task.result?.output)}, not ${outcome.value}`
        : null;
  return fault === null ? [] : [fault];
}
