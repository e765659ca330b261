/** Waits for the end of what has ended before: a failover can have taken that back. */
import type { DroverClient } from "@drover/client";
import { insist } from "./insist.ts";
import type { WorkRecord } from "./work-record.ts";

export async function readAgain(
  client: DroverClient,
  records: readonly WorkRecord[],
  signal: AbortSignal,
): Promise<WorkRecord[]> {
  const settled: WorkRecord[] = [];
  for (const record of records) {
    if (record.kind === "task") {
      const { id } = record.task;
      settled.push({ ...record, task: await insist(() => client.waitForTask(id, { signal }), signal) });
    } else {
      const { id } = record.run;
      settled.push({ ...record, run: await insist(() => client.waitForWorkflow(id, { signal }), signal) });
    }
  }
  return settled;
}
