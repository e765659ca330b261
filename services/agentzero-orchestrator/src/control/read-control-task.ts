/** What a control step knows of itself when its task is claimed: its run, its parameters, and what it waited for. */
import { splitPayload } from "@drover/contracts";
import { RetryableFailure } from "@drover/errors";
import { json, type Store, type TaskClaim, waitsFor } from "@drover/queue";
import type { RunEngine } from "@drover/workflow";
import type { ControlTask } from "./control-step.ts";

/** @throws PermanentFailure when the parameters' expressions have no answer; RetryableFailure when the run cannot be read */
export async function readControlTask(
  store: Store,
  engine: RunEngine,
  claim: TaskClaim,
): Promise<ControlTask> {
  const { shard, spec } = claim;
  const run = spec.workflow_id === null ? null : await engine.specs.get(shard, spec.workflow_id);
  if (run === null || spec.step_id === null) {
    throw new RetryableFailure("internal", "The run of this step is not in the ledger.");
  }
  const [redone, memory] = await store.redis.hmget(shard.task(spec.id), "redone", "waits_for");
  const redo = Number(redone ?? 0);
  const known = memory ? json(waitsFor).parse(memory) : null;
  return {
    claim,
    run,
    instance: spec.step_id,
    parameters: splitPayload(spec.payload).fields,
    redo,
    waitsFor: known?.redo === redo ? known : null,
  };
}
