/**
 * What came of steps: read by reference, each from its own tasks, and only of the steps that are asked for. The joined
 * output of a step that fanned out is a list in the order of its items, null where an item did not complete.
 */

import { type Artifact, type TaskError, taskError, taskResult, type WorkflowStep } from "@drover/contracts";
import { json, repliesOf, type Shard, type Store } from "@drover/queue";
import type { KnownRun } from "./run-specs.ts";
import { itemId } from "./step-instance.ts";
import { stepTaskId } from "./step-task.ts";

export interface StepOutcome {
  readonly stepId: string;
  /** `pending`: it has not ended. */
  readonly status: "completed" | "failed" | "cancelled" | "skipped" | "pending";
  /** Null where it did not complete; of a step that fanned out, a list. */
  readonly output: unknown;
  readonly artifacts: readonly Artifact[];
  readonly error: TaskError | null;
}

const chunkSize = 200;

/** @param ends of steps whose end the run does not record, because it was cancelled just then */
export async function readOutcomes(
  store: Store,
  shard: Shard,
  run: KnownRun,
  stepIds: readonly string[],
  ends: ReadonlyMap<string, string> = new Map(),
): Promise<StepOutcome[]> {
  if (stepIds.length === 0) return [];
  const ended = await store.redis.hmget(shard.runEnded(run.spec.id), ...stepIds);
  const outcomes: StepOutcome[] = [];
  const plain: { at: number; step: WorkflowStep; end: string }[] = [];
  for (const [at, stepId] of stepIds.entries()) {
    const step = run.steps.get(stepId);
    const end = ended[at] ?? ends.get(stepId) ?? null;
    outcomes.push(nothing(stepId, end));
    if (step === undefined || end === null || end === "skipped") continue;
    if (step.for_each === undefined) plain.push({ at, step, end });
    else outcomes[at] = await readItems(store, shard, run, step, end);
  }
  for (let start = 0; start < plain.length; start += chunkSize) {
    const chunk = plain.slice(start, start + chunkSize);
    const ends = chunk.map(({ step, end }) => ({ step, item: step.id, end }));
    const read = await readEnds(store, shard, run, ends);
    for (const [position, { at, step, end }] of chunk.entries()) {
      outcomes[at] = { ...nothing(step.id, end), ...read[position] };
    }
  }
  return outcomes;
}

function nothing(stepId: string, end: string | null): StepOutcome {
  return { stepId, status: statusOfEnd(end), output: null, artifacts: [], error: null };
}

/** `fallback` means: completed, by its fallback. */
export function statusOfEnd(end: string | null): StepOutcome["status"] {
  if (end === "fallback") return "completed";
  return end === "completed" || end === "failed" || end === "cancelled" || end === "skipped"
    ? end
    : "pending";
}

interface End {
  readonly step: WorkflowStep;
  /** The step's id, or with its index. */
  readonly item: string;
  readonly end: string | null;
}

/** What each of these came to, in one round trip. */
async function readEnds(store: Store, shard: Shard, run: KnownRun, ends: readonly End[]) {
  const { id } = run.spec;
  const pipeline = store.redis.pipeline();
  for (const { step, item, end } of ends) {
    const instance = end === "fallback" || (end === "failed" && step.fallback) ? `${item}.fallback` : item;
    const taskId = stepTaskId(id, instance);
    if (statusOfEnd(end) === "completed") pipeline.get(shard.taskResult(taskId));
    else pipeline.hget(shard.task(taskId), "error");
    pipeline.hget(shard.runFaults(id), item);
  }
  const replies = await repliesOf(pipeline);
  return ends.map(({ end }, position) => {
    const [text, fault] = [replies[position * 2], replies[position * 2 + 1]];
    if (statusOfEnd(end) === "completed") {
      const result = typeof text === "string" ? json(taskResult).parse(text) : null;
      return { output: result?.output ?? null, artifacts: result?.artifacts ?? [], error: null };
    }
    return { output: null, artifacts: [], error: parseError(text) ?? parseError(fault) };
  });
}

function parseError(text: unknown): TaskError | null {
  return typeof text === "string" ? json(taskError).parse(text) : null;
}

async function readItems(
  store: Store,
  shard: Shard,
  run: KnownRun,
  step: WorkflowStep,
  end: string,
): Promise<StepOutcome> {
  const { id } = run.spec;
  const count = Number((await store.redis.hget(shard.runItems(id), step.id)) ?? 0);
  const output: unknown[] = [];
  const artifacts: Artifact[] = [];
  let error: TaskError | null = parseError(await store.redis.hget(shard.runFaults(id), step.id));
  for (let start = 0; start < count; start += chunkSize) {
    const size = Math.min(chunkSize, count - start);
    const items = Array.from({ length: size }, (_, offset) => itemId(step.id, start + offset));
    const ended = await store.redis.hmget(shard.runEnded(id), ...items);
    const ends = items.map((item, position) => ({ step, item, end: ended[position] ?? null }));
    for (const read of await readEnds(store, shard, run, ends)) {
      output.push(read.output);
      artifacts.push(...read.artifacts);
      error ??= read.error;
    }
  }
  const status = statusOfEnd(end);
  return { stepId: step.id, status, output, artifacts, error: status === "completed" ? null : error };
}
