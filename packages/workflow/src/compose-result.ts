/** The composition rule of a workflow, applied: outputs of steps → the result of the run. */
import { type TaskResult, taskResult, type WorkflowResult } from "@drover/contracts";
import { json, type Shard, type Store } from "@drover/queue";
import type { KnownRun } from "./run-specs.ts";
import { stepTaskId } from "./step-task.ts";

const chunkSize = 200;

/** @param completed the steps that completed */
export async function composeResult(
  store: Store,
  shard: Shard,
  run: KnownRun,
  completed: readonly string[],
): Promise<WorkflowResult> {
  const shown = new Set(shownSteps(run));
  const composed: WorkflowResult = {
    output: {},
    artifacts: [],
    usage: { input_tokens: 0, output_tokens: 0, cost_usd: 0 },
  };
  for (let start = 0; start < completed.length; start += chunkSize) {
    const chunk = completed.slice(start, start + chunkSize);
    const texts = await store.redis.mget(
      chunk.map((step) => shard.taskResult(stepTaskId(run.spec.id, step))),
    );
    for (const [position, step] of chunk.entries()) {
      const text = texts[position];
      if (text !== null && text !== undefined)
        addTo(composed, step, json(taskResult).parse(text), shown.has(step));
    }
  }
  return composed;
}

function addTo(composed: WorkflowResult, step: string, result: TaskResult, show: boolean): void {
  if (show) composed.output[step] = result.output;
  composed.artifacts.push(...result.artifacts.map((artifact) => ({ ...artifact, step_id: step })));
  composed.usage.input_tokens += result.usage?.input_tokens ?? 0;
  composed.usage.output_tokens += result.usage?.output_tokens ?? 0;
  composed.usage.cost_usd += result.usage?.cost_usd ?? 0;
}

function shownSteps({ spec, graph }: KnownRun): readonly string[] {
  const rule = spec.definition.result ?? "all";
  if (Array.isArray(rule)) return rule;
  if (rule === "leaves") return graph.order.filter((step) => (graph.dependents.get(step) ?? []).length === 0);
  return graph.order;
}
