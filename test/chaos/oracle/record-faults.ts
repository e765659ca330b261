/** What is wrong with a piece of work that has ended. */
import type { WorkRecord } from "../harness/work-record.ts";
import { runFaults } from "./run-faults.ts";
import { taskFaults } from "./task-faults.ts";

export function recordFaults(record: WorkRecord): string[] {
  const [id, faults] =
    record.kind === "task"
      ? [record.task.id, taskFaults(record.work, record.task, record.facts)]
      : [record.run.id, runFaults(record.work, record.run, record.facts)];
  return faults.map((fault) => `${id}: ${fault}`);
}
