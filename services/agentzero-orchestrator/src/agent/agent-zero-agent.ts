/** The `agentzero` agent: makes a plan for a goal by one of its planners. The plan is the task's output. */
import {
  type Agent,
  type AgentContext,
  type AgentHealth,
  type AgentTask,
  RunningTasks,
} from "@drover/agent-kit";
import {
  agentZero,
  type ComposeFields,
  composeFields,
  type Plan,
  type PlannerName,
  payloadFaults,
  splitPayload,
  type TaskResult,
  type Usage,
} from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { type CheckWorkflow, describeFaults, planFaults } from "../planner/plan-faults.ts";
import { plannableAgents } from "../planner/plannable-agents.ts";
import type { Planner, PlanProgress } from "../planner/planner.ts";
import { type AgentSource, readRegistry } from "./read-registry.ts";

export interface AgentZeroParts {
  /** Those that this deployment has. */
  readonly planners: readonly Planner[];
  /** Who plans when the task names no planner. */
  readonly defaultPlanner: PlannerName;
  readonly registry: AgentSource;
  readonly check: CheckWorkflow;
}

export class AgentZeroAgent implements Agent {
  readonly name = agentZero.name;
  readonly descriptor = agentZero;
  readonly #parts: AgentZeroParts;
  readonly #running = new RunningTasks();

  constructor(parts: AgentZeroParts) {
    this.#parts = parts;
  }

  supports(type: string): boolean {
    return agentZero.supports.some((supported) => supported === type);
  }

  /** The rules need nothing from outside, so it can always plan. */
  health(): AgentHealth {
    return { status: "available", reason: null };
  }

  /**
   * @throws PermanentFailure `invalid_payload`, `agent_unavailable` (this planner is not configured), `plan_invalid`,
   *   `model_rejected`
   * @throws RetryableFailure `agent_unavailable`, `model_unavailable`, `redis_unavailable`
   * @throws CapacityFailure `model_rate_limited`
   */
  async execute(task: AgentTask, context: AgentContext): Promise<TaskResult> {
    context.signal.throwIfAborted();
    const fields = readFields(task);
    const planner = this.#plannerNamed(fields.planner ?? this.#parts.defaultPlanner);
    context.progress({ kind: "planning", planner: planner.name });
    const calls: PlanProgress[] = [];
    const note = (progress: PlanProgress) => {
      calls.push(progress);
      // What a plan that comes to nothing has used is used all the same. A call is never cut for its budget.
      const soFar = usageOf(calls);
      if (soFar !== null) void context.spent(soFar);
      context.progress({ kind: progress.kind, call: progress.call, faults: progress.faults });
    };
    const plan = await this.#running.run(context.signal, (signal) =>
      context.span("agentzero.plan", { "drover.planner": planner.name }, () =>
        this.#plan(planner, fields, signal, note),
      ),
    );
    context.progress({ kind: "planned", planner: planner.name, steps: plan.workflow.steps.length });
    const usage = usageOf(calls);
    return { output: plan, artifacts: [], ...(usage === null ? {} : { usage }) };
  }

  async #plan(
    planner: Planner,
    fields: ComposeFields,
    signal: AbortSignal,
    onProgress: (progress: PlanProgress) => void,
  ): Promise<Plan> {
    const agents = plannableAgents(await readRegistry(this.#parts.registry, signal));
    const request = { ...fields, agents };
    const plan = await planner.plan(request, signal, onProgress);
    const faults = planFaults(plan.workflow, request, this.#parts.check);
    if (faults.length === 0) return plan;
    throw new PermanentFailure("plan_invalid", `The plan is not valid: ${describeFaults(faults)}`);
  }

  #plannerNamed(name: PlannerName): Planner {
    const planner = this.#parts.planners.find((candidate) => candidate.name === name);
    if (planner !== undefined) return planner;
    throw new PermanentFailure(
      "agent_unavailable",
      `The planner "${name}" is not available: no model is configured (DROVER_MODEL_BASE_URL is not set).`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    await Promise.allSettled(this.#parts.planners.map((planner) => planner[Symbol.asyncDispose]()));
  }
}

/** The gateway has checked the payload, but a job may be older than this worker. */
function readFields(task: AgentTask): ComposeFields {
  const { action, fields } = splitPayload(task.payload);
  const faults = payloadFaults(agentZero, action, fields, "payload");
  if (faults.length > 0) {
    throw new PermanentFailure("invalid_payload", `The payload is not valid: ${describeFaults(faults)}`);
  }
  const parsed = composeFields.parse(fields);
  const workspaceId = parsed.workspace_id ?? task.workspaceId;
  if (task.workspaceId !== null && workspaceId !== task.workspaceId) {
    throw new PermanentFailure("invalid_payload", "The payload is not valid: it names another workspace.");
  }
  return workspaceId === null ? parsed : { ...parsed, workspace_id: workspaceId };
}

/** Null where no model was asked. The planner does not know prices. */
function usageOf(calls: readonly PlanProgress[]): Usage | null {
  if (calls.length === 0) return null;
  return {
    input_tokens: calls.reduce((sum, call) => sum + call.inputTokens, 0),
    output_tokens: calls.reduce((sum, call) => sum + call.outputTokens, 0),
    cost_usd: 0,
  };
}
