/** What the finish script is given: how a hold has ended its task. */
import type { FinalStatus, TaskError, TaskResult, Usage } from "@drover/contracts";
import { deadLetterOf } from "./dead-letter-of.ts";
import type { Shard } from "./shard.ts";
import type { TaskSpec } from "./task-spec.ts";

/** How long the record of a final task is kept, in seconds. A step's is kept as long as its run's. */
export const retentionSeconds = 30 * 24 * 3600;

export interface End {
  readonly error?: TaskError;
  readonly result?: TaskResult | null;
  /** Empty or absent: it leaves no dead letter. */
  readonly letterId?: string;
  /** What this hold has used. */
  readonly usage: Usage | null;
}

export function finishArguments(
  claim: { readonly shard: Shard; readonly spec: TaskSpec; readonly epoch: number; readonly attempt: number },
  status: FinalStatus,
  end: End,
): (string | number)[] {
  const { error = null, result = null, letterId = "", usage } = end;
  const { shard, spec, epoch, attempt } = claim;
  const now = new Date();
  const event = { attempt, ...(error === null ? {} : { error }) };
  return [
    shard.prefix,
    spec.id,
    epoch,
    status,
    now.toISOString(),
    Math.floor(now.getTime() / 60_000),
    error === null ? "" : JSON.stringify(error),
    result === null ? "" : JSON.stringify(result),
    JSON.stringify(event),
    spec.workflow_id === null ? retentionSeconds : 0,
    letterId,
    error === null || letterId === ""
      ? ""
      : JSON.stringify(deadLetterOf(spec, letterId, error, attempt, now)),
    usage === null ? "" : JSON.stringify(usage),
  ];
}
