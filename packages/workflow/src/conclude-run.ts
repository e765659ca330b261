/** Ends a run when nothing of it is pending. */

import { type FinalStatus, isFinal, type WorkflowError } from "@drover/contracts";
import { repliesOf, type Shard, type Store } from "@drover/queue";
import { z } from "zod";
import type { KnownRun } from "./run-specs.ts";
import { type RunStanding, readStanding } from "./run-standing.ts";
import { finishRunScript } from "./scripts/finish-run.ts";
import { stepTaskId } from "./step-task.ts";
import { wakeParent } from "./wake-parent.ts";

/** `open`: steps are ready or run. `paused`: they are ready, and wait for someone to resume the run. */
export type Conclusion =
  | { readonly kind: "ended"; readonly status: FinalStatus }
  | { readonly kind: "open" }
  | { readonly kind: "paused" };

const written = z.enum(["ok", "final", "missing", "changed"]);

/** How often a run is judged anew when it changed while it was. */
const judgementsMax = 3;

export async function concludeRun(store: Store, shard: Shard, run: KnownRun): Promise<Conclusion> {
  for (let judged = 0; judged < judgementsMax; judged += 1) {
    const conclusion = await judge(store, shard, run);
    if (conclusion !== "changed") return conclusion;
  }
  return { kind: "open" };
}

async function judge(store: Store, shard: Shard, run: KnownRun): Promise<Conclusion | "changed"> {
  const { id } = run.spec;
  const standing = await readStanding(store, shard, id);
  const halted = standing.halted !== "";
  if (!halted && standing.open > 0) return { kind: standing.paused ? "paused" : "open" };
  if (halted && (await hasLiveTask(store, shard, id))) return { kind: "open" };
  const status = standing.cancelled ? "cancelled" : verdict(run, standing.ended);
  return await finish(store, shard, run, status, standing);
}

async function hasLiveTask(store: Store, shard: Shard, runId: string): Promise<boolean> {
  const live = await store.redis.smembers(shard.runLive(runId));
  const pipeline = store.redis.pipeline();
  for (const instance of live) pipeline.hget(shard.task(stepTaskId(runId, instance)), "status");
  const replies = await repliesOf(pipeline);
  return replies.some((status) => typeof status === "string" && !isFinal(status));
}

async function finish(
  store: Store,
  shard: Shard,
  run: KnownRun,
  status: FinalStatus,
  { ended, revision }: RunStanding,
): Promise<Conclusion | "changed"> {
  const { id } = run.spec;
  const failed = run.graph.order.filter((step) => isFault(run, step, ended));
  const error = status === "failed" ? stepsFailed(failed) : null;
  const completed = run.graph.order.filter((step) => isGood(ended.get(step))).length;
  const event = { completed, steps: run.graph.order.length, ...(error === null ? {} : { error }) };
  const args = [
    shard.prefix,
    id,
    status,
    new Date().toISOString(),
    error === null ? "" : JSON.stringify(error),
    JSON.stringify(event),
    revision,
  ];
  const outcome = written.parse(await store.scripts.run(finishRunScript, [shard.run(id)], args));
  if (outcome === "changed") return "changed";
  await wakeParent(store, shard, run.spec);
  return { kind: "ended", status };
}

const isGood = (end: string | undefined) => end === "completed" || end === "fallback" || end === "skipped";

/** Whether the step failed, and its failure was not to be passed over. */
const isFault = (run: KnownRun, step: string, ended: ReadonlyMap<string, string>) =>
  ended.get(step) === "failed" && run.steps.get(step)?.continue_on_error !== true;

/** Completed when every step completed or was skipped, or failed where the workflow goes on. */
function verdict(run: KnownRun, ended: ReadonlyMap<string, string>): FinalStatus {
  const { order } = run.graph;
  const isPassed = (step: string) =>
    isGood(ended.get(step)) || (ended.get(step) === "failed" && !isFault(run, step, ended));
  if (order.every(isPassed)) return "completed";
  const isCancelled = order.some((step) => ended.get(step) === "cancelled");
  return isCancelled && !order.some((step) => isFault(run, step, ended)) ? "cancelled" : "failed";
}

function stepsFailed(failed: readonly string[]): WorkflowError {
  const named = failed.slice(0, 20).join(", ");
  return {
    code: "steps_failed",
    message: `These steps failed: ${named}${failed.length > 20 ? ", …" : ""}.`,
    failed_steps: [...failed],
  };
}
