/**
 * The parameters of an instance of a step, with its expressions answered: when it starts, not before, and only the steps
 * that they name are read.
 */
import { type Payload, taskError, type WorkflowStep } from "@drover/contracts";
import { json, type Shard, type Store } from "@drover/queue";
import type { Scope, StepScope } from "./expressions/scope.ts";
import { compileStepParameters } from "./expressions/step-parameters.ts";
import type { KnownRun } from "./run-specs.ts";
import { itemId, type StepInstance } from "./step-instance.ts";
import { readOutcomes } from "./step-outcomes.ts";
import { stepTaskId, workOf } from "./step-task.ts";

/**
 * @returns null where the parameters hold no expression: they are as they stand
 * @throws ExpressionFault
 */
export async function resolveParameters(
  store: Store,
  shard: Shard,
  run: KnownRun,
  step: WorkflowStep,
  instance: StepInstance,
): Promise<Payload | null> {
  const template = compileStepParameters(workOf(step, instance));
  if (template.expressions.length === 0) return null;
  const others = template.steps.filter((id) => id !== step.id);
  const scope = await readScope(store, shard, run, others);
  const steps =
    others.length === template.steps.length
      ? scope.steps
      : { ...scope.steps, [step.id]: await readFailure(store, shard, run, instance) };
  if (instance.item === null) return template.resolve({ ...scope, steps });
  const item = await store.redis.hget(shard.runItems(run.spec.id), itemId(step.id, instance.item));
  const value: unknown = item === null ? null : JSON.parse(item);
  return template.resolve({ ...scope, steps, item: value, index: instance.item });
}

/** What a fallback sees of the work that it stands in for. No other parameters may name their own step. */
async function readFailure(
  store: Store,
  shard: Shard,
  run: KnownRun,
  { stepId, item }: StepInstance,
): Promise<StepScope> {
  const task = shard.task(stepTaskId(run.spec.id, itemId(stepId, item)));
  const error = await store.redis.hget(task, "error");
  return { status: "failed", output: null, error: error === null ? null : json(taskError).parse(error) };
}

/** What expressions of the run see, of these steps. */
export async function readScope(
  store: Store,
  shard: Shard,
  run: KnownRun,
  steps: readonly string[],
): Promise<Scope> {
  const { spec } = run;
  const outcomes = await readOutcomes(store, shard, run, steps);
  return {
    inputs: spec.definition.inputs ?? {},
    steps: Object.fromEntries(
      outcomes.map(({ stepId, status, output, error }) => [stepId, { status, output, error }]),
    ),
    run: { id: spec.id, name: spec.definition.name, workspace_id: spec.workspace_id },
  };
}
