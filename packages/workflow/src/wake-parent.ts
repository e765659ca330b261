/** Lets the step that waits for a run that has ended go on. The run's end has made it due: a wake that is lost is made up for. */
import { control } from "@drover/contracts";
import { type Shard, type Store, wakeTask } from "@drover/queue";
import type { RunSpec } from "./run-row.ts";

export async function wakeParent(store: Store, shard: Shard, { parent }: RunSpec): Promise<void> {
  if (parent !== undefined) await wakeTask(store, shard, control.name, parent.task_id);
}
