/** Keeps a bounded number of pieces of work under way, one after the other in each lane, until it is told to stop. */
import type { Work } from "../program/work-at.ts";
import type { LaneContext } from "./lane-context.ts";
import { performRun } from "./perform-run.ts";
import { performTask } from "./perform-task.ts";
import type { WorkRecord } from "./work-record.ts";

export interface LanesOptions extends LaneContext {
  readonly lanes: number;
  readonly workAt: (index: number) => Work;
  /** When no new work begins; what is under way is waited for. */
  readonly stop: AbortSignal;
}

export async function runLanes(options: LanesOptions): Promise<WorkRecord[]> {
  const records: WorkRecord[] = [];
  let next = 0;
  const lane = async () => {
    while (!options.stop.aborted) {
      const work = options.workAt(next);
      next += 1;
      try {
        const record =
          work.kind === "task" ? await performTask(options, work) : await performRun(options, work);
        options.judge(record);
        records.push(record);
      } catch (error) {
        options.fault(work.index, `it came to no end: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  return records;
}
