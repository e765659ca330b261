/**
 * What becomes of a step that is ready: a task, a task for each item, or nothing, where its condition is false or its list
 * is empty. Deciding twice comes to the same: a task's id follows from its instance, and the first count of items counts.
 */
import { type TaskError, taskError, type WorkflowStep } from "@drover/contracts";
import type { NewTask, Shard, Store } from "@drover/queue";
import { z } from "zod";
import { condition } from "./expressions/condition.ts";
import { compileExpression } from "./expressions/expression.ts";
import { ExpressionFault } from "./expressions/expression-fault.ts";
import { fanOut } from "./expressions/fan-out.ts";
import { readScope } from "./resolve-parameters.ts";
import type { KnownRun } from "./run-specs.ts";
import { expandStepScript } from "./scripts/expand-step.ts";
import { itemId, type StepInstance } from "./step-instance.ts";
import { stepTask } from "./step-task.ts";

export type Activation =
  | { readonly kind: "start"; readonly instances: readonly StepInstance[] }
  /** It ends without a task. */
  | { readonly kind: "end"; readonly status: "skipped" | "completed" | "failed" };

const chunkSize = 500;

export async function activateStep(
  store: Store,
  shard: Shard,
  run: KnownRun,
  step: WorkflowStep,
): Promise<Activation> {
  const plain = { stepId: step.id, item: null, fallback: false };
  if (step.when === undefined && step.for_each === undefined) return { kind: "start", instances: [plain] };
  try {
    if (step.when !== undefined && !(await holds(store, shard, run, step.when))) {
      return { kind: "end", status: "skipped" };
    }
    if (step.for_each === undefined) return { kind: "start", instances: [plain] };
    const count = await expand(store, shard, run, step, step.for_each);
    if (count < 0) return { kind: "start", instances: [] };
    if (count === 0) return { kind: "end", status: "completed" };
    return { kind: "start", instances: Array.from({ length: count }, (_, item) => ({ ...plain, item })) };
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    const fault: TaskError = { code: error.code, message: error.message, retryable: false, attempt: 0 };
    await store.redis.hset(shard.runFaults(run.spec.id), step.id, JSON.stringify(taskError.parse(fault)));
    return { kind: "end", status: "failed" };
  }
}

async function holds(store: Store, shard: Shard, run: KnownRun, source: string) {
  const expression = compileExpression(source);
  return condition(expression, await readScope(store, shard, run, expression.steps));
}

/** @returns how many items there are; -1 where the step is not ready any more */
async function expand(store: Store, shard: Shard, run: KnownRun, step: WorkflowStep, source: string) {
  const key = shard.runItems(run.spec.id);
  const known = await store.redis.hget(key, step.id);
  if (known !== null) return Number(known);
  const expression = compileExpression(source);
  const items = fanOut(expression, await readScope(store, shard, run, expression.steps));
  // The items are there before their count is, so who finds the count finds them all.
  for (let start = 0; start < items.length; start += chunkSize) {
    const fields = items
      .slice(start, start + chunkSize)
      .flatMap((item, offset) => [itemId(step.id, start + offset), JSON.stringify(item ?? null)]);
    await store.redis.hset(key, ...fields);
  }
  return z
    .number()
    .parse(
      await store.scripts.run(
        expandStepScript,
        [key, shard.runIndegree(run.spec.id)],
        [step.id, items.length],
      ),
    );
}

export function tasksOf(
  run: KnownRun,
  step: WorkflowStep,
  instances: readonly StepInstance[],
  traceparent: string | null,
): NewTask[] {
  return instances.map((instance) => stepTask(run.spec, step, instance, traceparent));
}
