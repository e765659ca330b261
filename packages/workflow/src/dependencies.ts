/** What a step gets to know of its run: the steps it depends on, with what they returned. */
import { type Artifact, taskResult } from "@drover/contracts";
import { asFields, json, parseTaskRow, type Shard, type Store } from "@drover/queue";
import { dependenciesOf } from "./graph.ts";
import type { KnownRun } from "./run-specs.ts";
import { stepTaskId } from "./step-task.ts";

export interface Dependency {
  readonly stepId: string;
  readonly agent: string;
  readonly action: string;
  readonly status: "completed" | "failed" | "cancelled";
  /** Null when the step did not complete. */
  readonly output: unknown;
  readonly artifacts: readonly Artifact[];
}

export async function readDependencies(
  store: Store,
  shard: Shard,
  run: KnownRun,
  stepId: string,
): Promise<Dependency[]> {
  const step = run.steps.get(stepId);
  const ids = step === undefined ? [] : dependenciesOf(step);
  const pipeline = store.redis.pipeline();
  for (const id of ids) {
    const taskId = stepTaskId(run.spec.id, id);
    pipeline.hgetall(shard.task(taskId));
    pipeline.get(shard.taskResult(taskId));
  }
  const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply);
  return ids.map((id, position) => {
    const row = parseTaskRow(asFields(replies[position * 2]));
    const text = replies[position * 2 + 1];
    const result = typeof text === "string" ? json(taskResult).parse(text) : null;
    const dependency = run.steps.get(id);
    return {
      stepId: id,
      agent: dependency?.agent ?? "",
      action: dependency?.task ?? "",
      status: row?.status === "completed" || row?.status === "cancelled" ? row.status : "failed",
      output: result?.output ?? null,
      artifacts: result?.artifacts ?? [],
    };
  });
}
