/**
 * A planner turns a goal in words into a workflow. Whatever it answers is checked like a workflow that a person posts.
 */
import type { ComposeFields, Plan, PlannerName } from "@drover/contracts";

/** An agent that a plan may name, with what it can do. */
export interface PlannableAgent {
  readonly name: string;
  readonly actions: readonly PlannableAction[];
}

export interface PlannableAction {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the step's parameters. */
  readonly parametersSchema: Readonly<Record<string, unknown>>;
}

export interface PlanRequest extends ComposeFields {
  /** A plan names no other agent and no other action. */
  readonly agents: readonly PlannableAgent[];
}

/** What happens while a plan is made. */
export interface PlanProgress {
  readonly kind: "model_call";
  /** From 1; each later one is a repair. */
  readonly call: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Faults of this call's answer. */
  readonly faults: number;
}

export interface Planner extends AsyncDisposable {
  readonly name: PlannerName;
  /**
   * Must end soon after `signal` aborts, with its reason.
   * @throws PermanentFailure `plan_invalid` when no valid plan comes out
   * @throws RetryableFailure `agent_unavailable` when no agent could work on the goal now
   */
  plan(
    request: PlanRequest,
    signal: AbortSignal,
    onProgress?: (progress: PlanProgress) => void,
  ): Promise<Plan>;
}
