/** A run as the API shows it: its row, and each step read from the ledger's row of that step's task. */
import {
  type StepResult,
  type StepStatus,
  type TaskStatus,
  taskResult,
  type Workflow,
  type WorkflowSummary,
  workflowResult,
} from "@drover/contracts";
import { asFields, json, parseTaskRow, type Shard, type Store, type TaskRow, traceIdOf } from "@drover/queue";
import { blockedBy } from "./graph.ts";
import type { RunRow } from "./run-row.ts";
import { type KnownRun, knownRun } from "./run-specs.ts";
import { stepTaskId } from "./step-task.ts";

export function toSummary(row: RunRow): WorkflowSummary {
  const { spec } = row;
  return {
    id: spec.id,
    name: spec.definition.name,
    description: spec.definition.description ?? null,
    status: row.status,
    organization_id: spec.organization_id,
    workspace_id: spec.workspace_id,
    priority: spec.priority,
    labels: spec.labels,
    created_by: spec.created_by,
    trace_id: traceIdOf(spec.traceparent),
    steps_total: spec.definition.steps.length,
    ...(spec.template === undefined ? {} : { template: spec.template }),
    ...(spec.schedule === undefined ? {} : { schedule: spec.schedule }),
    created_at: spec.created_at,
    started_at: row.started_at ?? null,
    finished_at: row.finished_at ?? null,
    error: row.error ?? null,
  };
}

export async function readRunView(store: Store, shard: Shard, row: RunRow): Promise<Workflow> {
  const run = knownRun(row.spec);
  const stored = await store.redis.get(shard.runResult(row.spec.id));
  return {
    ...toSummary(row),
    steps: await readSteps(store, shard, row, run),
    result: stored === null ? null : json(workflowResult).parse(stored),
  };
}

async function readSteps(store: Store, shard: Shard, row: RunRow, run: KnownRun): Promise<StepResult[]> {
  if (row.status === "pending") {
    // No step has a task yet: a run of ten thousand steps is answered without reading any.
    return run.graph.order.map((step, order) => toStepResult(run, step, order, null, undefined, "pending"));
  }
  const pipeline = store.redis.pipeline();
  for (const step of run.graph.order) {
    const taskId = stepTaskId(run.spec.id, step);
    pipeline.hgetall(shard.task(taskId));
    pipeline.get(shard.taskResult(taskId));
  }
  const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply);
  const rows = new Map<string, { task: TaskRow | null; output: unknown }>();
  for (const [position, step] of run.graph.order.entries()) {
    const text = replies[position * 2 + 1];
    const output = typeof text === "string" ? json(taskResult).parse(text).output : undefined;
    rows.set(step, { task: parseTaskRow(asFields(replies[position * 2])), output });
  }
  const stuck = run.graph.order.filter((step) => {
    const status = rows.get(step)?.task?.status;
    const passes = run.steps.get(step)?.continue_on_error === true;
    return status === "cancelled" || (status === "failed" && !passes);
  });
  const blocked = blockedBy(run.graph, stuck);
  return run.graph.order.map((step, order) => {
    const { task = null, output } = rows.get(step) ?? { task: null, output: undefined };
    return toStepResult(run, step, order, task, output, absentStatus(row, blocked.has(step)));
  });
}

/** What a step without a task is. */
function absentStatus(row: RunRow, blocked: boolean): StepStatus {
  if (row.halted === "cancelled") return "cancelled";
  return blocked || row.halted === "failed" ? "blocked" : "pending";
}

function toStepResult(
  run: KnownRun,
  id: string,
  order: number,
  task: TaskRow | null,
  output: unknown,
  absent: StepStatus,
): StepResult {
  const step = run.steps.get(id);
  return {
    step_id: id,
    name: step?.name ?? id,
    agent: step?.agent ?? "",
    task: step?.task ?? "",
    order,
    status: task === null ? absent : stepStatusOf(task.status),
    ...(task === null ? {} : { task_id: task.spec.id }),
    attempt: task?.attempt ?? 0,
    depends_on: [...(step?.depends_on ?? [])],
    ...(output === undefined ? {} : { output }),
    ...(task?.error === undefined ? {} : { error: task.error }),
    started_at: task?.started_at ?? null,
    finished_at: task?.finished_at ?? null,
  };
}

function stepStatusOf(status: TaskStatus): StepStatus {
  return status === "delayed" || status === "parked" ? "queued" : status;
}
