/** What the steps of a run are: from how they ended, and from the rows of the tasks of those that have not. */
import { type StepStatus, type TaskError, type TaskStatus, taskError } from "@drover/contracts";
import { asFields, json, parseTaskRow, repliesOf, type Shard, type Store, type TaskRow } from "@drover/queue";
import { blockedBy } from "./graph.ts";
import { passes } from "./reopen-plan.ts";
import type { RunRow } from "./run-row.ts";
import type { KnownRun } from "./run-specs.ts";
import { itemId } from "./step-instance.ts";
import { stepTaskId } from "./step-task.ts";

export interface StepState {
  readonly status: StepStatus;
  /** How it ended, as the run records it; null while it has not. */
  readonly end: string | null;
  /** The task that counts: the fallback's, where it has one; null for a step that fans out. */
  readonly task: TaskRow | null;
  readonly error: TaskError | null;
  /** Set when the step has fanned out. */
  readonly items?: { readonly total: number; readonly completed: number; readonly failed: number };
}

const chunkSize = 500;

export async function readStepStates(
  store: Store,
  shard: Shard,
  row: RunRow,
  run: KnownRun,
): Promise<ReadonlyMap<string, StepState>> {
  const { id } = run.spec;
  // No step has a task yet: a run of ten thousand steps is answered without reading any.
  if (row.status === "pending" && row.revision === undefined) return new Map();
  const ended = new Map(Object.entries(await store.redis.hgetall(shard.runEnded(id))));
  const faults = await store.redis.hgetall(shard.runFaults(id));
  const tasks = await readTasks(store, shard, run, ended);
  const counts = await readCounts(store, shard, run);
  const stuck = run.graph.order.filter((step) => {
    const end = ended.get(step);
    return end !== undefined && !passes(run.steps.get(step), end);
  });
  const blocked = blockedBy(run.graph, stuck);
  return new Map(
    run.graph.order.map((step) => {
      const task = tasks.get(step) ?? null;
      const end = ended.get(step) ?? unrecordedEnd(task);
      const fault = faults[step];
      const error = fault === undefined ? (task?.error ?? null) : json(taskError).parse(fault);
      const total = counts.get(step);
      const status = statusOf(end, task, total !== undefined, absentStatus(row, blocked.has(step)));
      const items = total === undefined ? {} : { items: countItems(ended, step, total) };
      return [step, { status, end, task, error: end === "skipped" ? null : error, ...items }];
    }),
  );
}

/** A task may complete as its run is cancelled: then nobody has told the run any more. */
function unrecordedEnd(task: TaskRow | null): string | null {
  if (task?.status !== "completed") return null;
  return task.spec.step_id?.endsWith(".fallback") === true ? "fallback" : "completed";
}

function statusOf(
  end: string | null,
  task: TaskRow | null,
  fannedOut: boolean,
  absent: StepStatus,
): StepStatus {
  if (end === "fallback") return "completed";
  if (end === "completed" || end === "failed" || end === "cancelled" || end === "skipped") return end;
  if (fannedOut) return absent === "pending" ? "running" : absent;
  return task === null ? absent : stepStatusOf(task.status);
}

/** What a step that has neither ended nor begun is. */
function absentStatus(row: RunRow, blocked: boolean): StepStatus {
  if (row.halted === "cancelled") return "cancelled";
  return blocked || row.halted === "failed" ? "blocked" : "pending";
}

function stepStatusOf(status: TaskStatus): StepStatus {
  return status === "delayed" || status === "parked" ? "queued" : status;
}

/** Step → the row of the task that counts; none for what fans out, and none that is yet to be done again. */
async function readTasks(store: Store, shard: Shard, run: KnownRun, ended: ReadonlyMap<string, string>) {
  const found = new Map<string, TaskRow>();
  const wanted = run.graph.order.flatMap((id) => {
    const step = run.steps.get(id);
    if (step === undefined || step.for_each !== undefined) return [];
    return step.fallback === undefined
      ? [[id, id]]
      : [
          [id, id],
          [id, `${id}.fallback`],
        ];
  });
  for (let start = 0; start < wanted.length; start += chunkSize) {
    const chunk = wanted.slice(start, start + chunkSize);
    const pipeline = store.redis.pipeline();
    for (const [, instance = ""] of chunk) pipeline.hgetall(shard.task(stepTaskId(run.spec.id, instance)));
    const replies = await repliesOf(pipeline);
    for (const [position, [step = ""]] of chunk.entries()) {
      const row = parseTaskRow(asFields(replies[position]));
      if (row !== null && (row.redo === undefined || ended.has(step))) found.set(step, row);
    }
  }
  return found;
}

async function readCounts(store: Store, shard: Shard, run: KnownRun): Promise<ReadonlyMap<string, number>> {
  const fanning = run.graph.order.filter((id) => run.steps.get(id)?.for_each !== undefined);
  if (fanning.length === 0) return new Map();
  const counts = await store.redis.hmget(shard.runItems(run.spec.id), ...fanning);
  return new Map(
    fanning.flatMap((id, position) => {
      const count = counts[position] ?? null;
      return count === null ? [] : [[id, Number(count)] as const];
    }),
  );
}

function countItems(ended: ReadonlyMap<string, string>, step: string, total: number) {
  let completed = 0;
  let failed = 0;
  for (let item = 0; item < total; item += 1) {
    const end = ended.get(itemId(step, item));
    if (end === "completed" || end === "fallback") completed += 1;
    else if (end === "failed") failed += 1;
  }
  return { total, completed, failed };
}
