/** What a control step knows of itself when its task is claimed: its run, its parameters, and what it waited for. */
import { type Payload, splitPayload } from "@drover/contracts";
import { RetryableFailure } from "@drover/errors";
import { json, type Store, type TaskClaim, waitsFor } from "@drover/queue";
import { type KnownRun, parseInstanceId, type RunEngine, resolveParameters } from "@drover/workflow";
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
    parameters: await parametersOf(store, claim, run, spec.step_id),
    redo,
    waitsFor: known?.redo === redo ? known : null,
  };
}

async function parametersOf(
  store: Store,
  claim: TaskClaim,
  run: KnownRun,
  instanceId: string,
): Promise<Payload> {
  const instance = parseInstanceId(instanceId);
  const step = instance === null ? undefined : run.steps.get(instance.stepId);
  const resolved =
    instance === null || step === undefined
      ? null
      : await resolveParameters(store, claim.shard, run, step, instance);
  return resolved ?? splitPayload(claim.spec.payload).fields;
}
