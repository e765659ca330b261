/**
 * An agent: what does a kind of work. One implementation per kind, all held by one conformance suite.
 *
 * How an agent fails decides what the queue does: it throws `PermanentFailure`, `RetryableFailure`, `CapacityFailure` or
 * `CancelledFailure` of `@drover/errors`; anything else counts as retryable.
 */
import type { AgentDescriptor, AgentStatus, Approval, Payload, TaskResult, Usage } from "@drover/contracts";
import type { PermanentFailure } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Dependency } from "@drover/workflow";

/** The task as an agent sees it. */
export interface AgentTask {
  readonly id: string;
  readonly type: string;
  /** Validated against the descriptor's schema of its `action`; a step's expressions are answered. */
  readonly payload: Payload;
  readonly organizationId: string;
  readonly workspaceId: string | null;
  /** From 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Which start of the task this is, from 1; unlike `attempt` it also counts starts that spent no attempt. */
  readonly delivery: number;
  /** What an earlier start of the task remembered last; null: nothing. */
  readonly checkpoint: Payload | null;
  /** Set when the task is a step of a run. */
  readonly step: AgentStep | null;
}

/** What a step knows of its run. */
export interface AgentStep {
  readonly workflowId: string;
  readonly workflowName: string;
  readonly workflowDescription: string | null;
  readonly stepId: string;
  readonly stepName: string;
  readonly inputs: Payload;
  /** Ids of the steps it depends on directly, each final. */
  readonly dependsOn: readonly string[];
  /** What came of those, in that order, each read when it is asked for: outputs can be many and large. */
  dependencies(): AsyncIterable<StepDependency>;
}

/** A step that another depends on, and what came of it. */
export type StepDependency = Dependency;

/** Something that only a person can say. */
export interface AgentQuestion {
  /** Tells the questions of a task apart: the same key again is the same question. */
  readonly key: string;
  readonly kind: "permission" | "question";
  /** As the person reads it. */
  readonly message: string;
  /** What it is about, for programs. */
  readonly data: Payload;
  /** When it counts as denied, in milliseconds since the epoch. */
  readonly deadlineMs: number;
}

/** What happens while a task runs; it becomes a `task.progress` or `task.output` event. */
export interface AgentContext {
  /** Aborted on cancel, on timeout, when the hold on the task is lost, and at the end of a drain. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Records progress, e.g. `{"kind": "tool", "tool": "write", "state": "running"}`. Never waits, never throws. */
  progress(data: Payload): void;
  /** Records a piece of the agent's output as it comes, e.g. `{"text": "…"}`. Never waits, never throws. */
  output(data: Payload): void;
  /** Says that the agent is alive where it has nothing else to say. Progress and output say so, too. Never waits. */
  heartbeat(): void;
  /**
   * Keeps what a later start of the task is told as its `checkpoint`, in place of what was kept before; a few KiB, and no
   * secret. Rejects where another worker has the task.
   */
  remember(checkpoint: Payload): Promise<void>;
  /**
   * Counts what this attempt has used so far, in all, sub-agents included; to be said at each step, so that nothing is lost
   * with the worker. Answers the failure that the attempt must end with at this step, because a budget of the task, its
   * workspace or its organization is used up; null: it may go on. Never rejects. Where the agent can keep what it has
   * done, it ends with a `FailureWithResult` of the same code and message.
   */
  spent(usage: Usage): Promise<PermanentFailure | null>;
  /**
   * What a person decided, or `expired` where nobody has in time. While it is open the task waits and nobody holds it: this
   * rejects with `Suspended`, which the agent must let pass, with its work put where a later start finds it. That start asks
   * again and is answered.
   */
  ask(question: AgentQuestion): Promise<Approval>;
  /** Runs `work` in a span named `name` beneath the task's span. */
  span<T>(
    name: string,
    attributes: Record<string, string | number | boolean>,
    work: () => Promise<T>,
  ): Promise<T>;
  /** Records a span that has already ended, e.g. a tool call seen in a stream. */
  recordSpan(
    name: string,
    attributes: Record<string, string | number | boolean>,
    startMs: number,
    endMs: number,
    failed?: boolean,
  ): void;
}

/** Whether the agent can work now, and if not, why. */
export interface AgentHealth {
  readonly status: AgentStatus;
  readonly reason: string | null;
}

export interface Agent extends AsyncDisposable {
  readonly name: string;
  readonly descriptor: AgentDescriptor;
  /** What it can do that another worker of the same agent may not, e.g. `runtime:docker`; told to the registry. */
  readonly capabilities?: readonly string[];
  supports(type: string): boolean;
  /** Does the work. Must end soon after `context.signal` aborts. */
  execute(task: AgentTask, context: AgentContext): Promise<TaskResult>;
  /**
   * Does many at once, where actions of the descriptor declare `batch`: tasks of one tenant and one of those actions, each
   * with its own context. Answers a promise for each, in their order, which ends soon after its own signal aborts; one that
   * is aborted or fails leaves the others alone.
   */
  executeBatch?(
    tasks: readonly AgentTask[],
    contexts: readonly AgentContext[],
  ): readonly Promise<TaskResult>[];
  /** A task that waited for a person has ended without a further start: what was kept ready for it may go. Must not throw. */
  abandon?(taskId: string): void;
  /** Asked every few seconds; must answer from memory. */
  health(): AgentHealth;
}
