/** A run as the API shows it: its row, its steps, and once it has ended its result, composed as its workflow says. */
import {
  isFinal,
  type StepResult,
  type Usage,
  type Workflow,
  type WorkflowResult,
  type WorkflowStatus,
  type WorkflowSummary,
} from "@drover/contracts";
import { type Shard, type Store, traceIdOf } from "@drover/queue";
import type { RunRow } from "./run-row.ts";
import { type KnownRun, knownRun } from "./run-specs.ts";
import { readStepOutputs, type ShownOutcome } from "./step-outputs.ts";
import { readStepStates, type StepState } from "./step-states.ts";

/** What the row comes to: a run of which a person is asked something waits, unless it is paused. */
export function runStatusOf(row: RunRow): WorkflowStatus {
  if (isFinal(row.status)) return row.status;
  if (row.paused !== undefined) return "paused";
  return row.status === "running" && (row.approvals ?? 0) > 0 ? "waiting" : row.status;
}

export function toSummary(row: RunRow): WorkflowSummary {
  const { spec } = row;
  return {
    id: spec.id,
    name: spec.definition.name,
    description: spec.definition.description ?? null,
    status: runStatusOf(row),
    organization_id: spec.organization_id,
    workspace_id: spec.workspace_id,
    priority: spec.priority,
    labels: spec.labels,
    created_by: spec.created_by,
    trace_id: traceIdOf(spec.traceparent),
    steps_total: spec.definition.steps.length,
    ...(spec.template === undefined ? {} : { template: spec.template }),
    ...(spec.schedule === undefined ? {} : { schedule: spec.schedule }),
    ...(spec.parent === undefined
      ? {}
      : { parent: { workflow_id: spec.parent.workflow_id, step_id: spec.parent.step_id } }),
    created_at: spec.created_at,
    started_at: row.started_at ?? null,
    finished_at: row.finished_at ?? null,
    error: row.error ?? null,
  };
}

export async function readRunView(store: Store, shard: Shard, row: RunRow): Promise<Workflow> {
  const run = knownRun(row.spec);
  const states = await readStepStates(store, shard, row, run);
  const { outcomes, truncated } = await readStepOutputs(store, shard, run, states);
  return {
    ...toSummary(row),
    steps: run.graph.order.map((id, order) =>
      toStepResult(run, id, order, states.get(id), outcomes.get(id) ?? null, truncated.has(id)),
    ),
    result: isFinal(row.status) ? compose(row, run, outcomes, truncated.size > 0) : null,
  };
}

function toStepResult(
  run: KnownRun,
  id: string,
  order: number,
  state: StepState | undefined,
  outcome: ShownOutcome | null,
  truncated: boolean,
): StepResult {
  const step = run.steps.get(id);
  const task = state?.task ?? null;
  const error = state?.error ?? null;
  return {
    step_id: id,
    name: step?.name ?? id,
    agent: step?.agent ?? "",
    task: step?.task ?? "",
    order,
    status: state?.status ?? "pending",
    ...(task === null ? {} : { task_id: task.spec.id }),
    attempt: task?.attempt ?? 0,
    depends_on: [...(step?.depends_on ?? [])],
    ...(state?.items === undefined ? {} : { items: state.items }),
    ...(outcome === null ? {} : { output: outcome.output }),
    ...(truncated ? { output_truncated: true } : {}),
    ...(error === null ? {} : { error }),
    started_at: task?.started_at ?? null,
    finished_at: task?.finished_at ?? null,
  };
}

function compose(
  row: RunRow,
  run: KnownRun,
  outcomes: ReadonlyMap<string, ShownOutcome>,
  truncated: boolean,
): WorkflowResult {
  const shown = shownSteps(run).flatMap((id) => {
    const outcome = outcomes.get(id);
    return outcome === undefined ? [] : [[id, outcome.output] as const];
  });
  return {
    output: Object.fromEntries(shown),
    artifacts: run.graph.order.flatMap((id) =>
      (outcomes.get(id)?.artifacts ?? []).map((artifact) => ({ ...artifact, step_id: id })),
    ),
    usage: usageOfRun(row),
    ...(truncated ? { truncated: true } : {}),
  };
}

function usageOfRun(row: RunRow): Usage {
  const durationMs = row["usage:duration_ms"];
  return {
    input_tokens: row["usage:input_tokens"] ?? 0,
    output_tokens: row["usage:output_tokens"] ?? 0,
    cost_usd: row["usage:cost_usd"] ?? 0,
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
    ...(row.usage_tools === undefined ? {} : { tool_calls: row.usage_tools }),
  };
}

function shownSteps({ spec, graph }: KnownRun): readonly string[] {
  const rule = spec.definition.result ?? "all";
  if (Array.isArray(rule)) return rule;
  if (rule === "leaves") return graph.order.filter((step) => (graph.dependents.get(step) ?? []).length === 0);
  return graph.order;
}
