/**
 * The outputs of a run's steps, as far as they fit into an answer: a run of ten thousand large outputs must neither fill the
 * gateway's memory nor the caller's. What does not fit is found at its task.
 */

import type { Artifact } from "@drover/contracts";
import { repliesOf, type Shard, type Store } from "@drover/queue";
import type { KnownRun } from "./run-specs.ts";
import { itemId } from "./step-instance.ts";
import { readOutcomes, statusOfEnd } from "./step-outcomes.ts";
import type { StepState } from "./step-states.ts";
import { stepTaskId } from "./step-task.ts";

/** Of all outputs and artifacts of an answer together, as JSON. */
const outputBytesMax = 4 * 1024 * 1024;
const chunkSize = 500;

export interface ShownOutcome {
  readonly output: unknown;
  readonly artifacts: readonly Artifact[];
}

export async function readStepOutputs(
  store: Store,
  shard: Shard,
  run: KnownRun,
  states: ReadonlyMap<string, StepState>,
): Promise<{ outcomes: ReadonlyMap<string, ShownOutcome>; truncated: ReadonlySet<string> }> {
  const ended = run.graph.order.filter((id) => hasOutput(states.get(id)));
  const sizes = await readSizes(store, shard, run, states, ended);
  const shown: string[] = [];
  const truncated = new Set<string>();
  let sum = 0;
  for (const id of ended) {
    const size = sizes.get(id) ?? 0;
    if (sum + size > outputBytesMax) {
      truncated.add(id);
      continue;
    }
    sum += size;
    shown.push(id);
  }
  const ends = new Map(
    shown.flatMap((id) => {
      const end = states.get(id)?.end ?? null;
      return end === null ? [] : [[id, end] as const];
    }),
  );
  const outcomes = await readOutcomes(store, shard, run, shown, ends);
  return { outcomes: new Map(outcomes.map((outcome) => [outcome.stepId, outcome])), truncated };
}

/** A failed fan-out has the outputs of the items that completed. */
function hasOutput(state: StepState | undefined): boolean {
  if (state === undefined) return false;
  return statusOfEnd(state.end) === "completed" || (state.end === "failed" && state.items !== undefined);
}

/** Step → bytes of what its tasks returned. */
async function readSizes(
  store: Store,
  shard: Shard,
  run: KnownRun,
  states: ReadonlyMap<string, StepState>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = ids.flatMap((id) => {
    const state = states.get(id);
    const total = state?.items?.total;
    const items = total === undefined ? [id] : Array.from({ length: total }, (_, item) => itemId(id, item));
    const mayFallBack = run.steps.get(id)?.fallback !== undefined;
    return items.flatMap((item) =>
      mayFallBack
        ? [
            [id, item],
            [id, `${item}.fallback`],
          ]
        : [[id, item]],
    );
  });
  const sizes = new Map<string, number>();
  for (let start = 0; start < wanted.length; start += chunkSize) {
    const chunk = wanted.slice(start, start + chunkSize);
    const pipeline = store.redis.pipeline();
    for (const [, instance = ""] of chunk)
      pipeline.strlen(shard.taskResult(stepTaskId(run.spec.id, instance)));
    const replies = await repliesOf(pipeline);
    for (const [position, [id = ""]] of chunk.entries()) {
      sizes.set(id, (sizes.get(id) ?? 0) + Number(replies[position] ?? 0));
    }
  }
  return sizes;
}
