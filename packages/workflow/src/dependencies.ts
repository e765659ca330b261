/** What a step gets to know of its run: the steps it depends on, with what they returned, a few at a time as it asks for them. */
import type { Artifact } from "@drover/contracts";
import type { Shard, Store } from "@drover/queue";
import { dependenciesOf } from "./graph.ts";
import type { KnownRun } from "./run-specs.ts";
import { readOutcomes } from "./step-outcomes.ts";

export interface Dependency {
  readonly stepId: string;
  readonly agent: string;
  readonly action: string;
  readonly status: "completed" | "failed" | "cancelled" | "skipped";
  /** Null when the step did not complete; of a step that fanned out, a list. */
  readonly output: unknown;
  readonly artifacts: readonly Artifact[];
}

const chunkSize = 20;

/** Each is read when it is asked for: a join of a thousand large outputs never holds them all. */
export async function* readDependencies(
  store: Store,
  shard: Shard,
  run: KnownRun,
  stepId: string,
): AsyncGenerator<Dependency, void, void> {
  const ids = dependencyIds(run, stepId);
  for (let start = 0; start < ids.length; start += chunkSize) {
    for (const outcome of await readOutcomes(store, shard, run, ids.slice(start, start + chunkSize))) {
      const step = run.steps.get(outcome.stepId);
      yield {
        stepId: outcome.stepId,
        agent: step?.agent ?? "",
        action: step?.task ?? "",
        status: outcome.status === "pending" ? "failed" : outcome.status,
        output: outcome.output,
        artifacts: outcome.artifacts,
      };
    }
  }
}

export function dependencyIds(run: KnownRun, stepId: string): readonly string[] {
  const step = run.steps.get(stepId);
  return step === undefined ? [] : dependenciesOf(step);
}
