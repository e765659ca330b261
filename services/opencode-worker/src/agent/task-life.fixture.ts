/** A task over all its starts, as the ledger and the runner would carry it: with its checkpoint and its questions. */
import {
  type Agent,
  type AgentContext,
  type AgentQuestion,
  type AgentTask,
  Suspended,
} from "@drover/agent-kit";
import { type RecordedContext, recordedContext } from "@drover/agent-kit/conformance";
import { type Approval, newId, type Payload, type TaskResult } from "@drover/contracts";

export interface Start {
  readonly context: RecordedContext;
  /** What came of it: a result, or what was thrown. */
  readonly ended: Promise<TaskResult | Error>;
}

export class TaskLife {
  readonly task: AgentTask;
  readonly #questions: AgentQuestion[] = [];
  readonly #decided = new Map<string, Approval>();
  #checkpoint: Payload | null;
  #starts = 0;

  constructor(task: AgentTask, checkpoint: Payload | null = null) {
    this.task = task;
    this.#checkpoint = checkpoint;
  }

  /** What was asked so far, each once. */
  get questions(): readonly AgentQuestion[] {
    return this.#questions;
  }

  get checkpoint(): Payload | null {
    return this.#checkpoint;
  }

  start(agent: Agent, signal?: AbortSignal): Start {
    this.#starts += 1;
    const context = recordedContext(signal);
    const life: Partial<AgentContext> = {
      remember: async (checkpoint) => {
        this.#checkpoint = JSON.parse(JSON.stringify(checkpoint));
      },
      ask: async (question) => this.#ask(question),
    };
    Object.assign(context, life);
    const task = { ...this.task, delivery: this.#starts, checkpoint: this.#checkpoint };
    const ended = agent.execute(task, context).catch((error: unknown) => {
      if (error instanceof Error) return error;
      throw error;
    });
    return { context, ended };
  }

  /** A start until its end. */
  async run(agent: Agent): Promise<TaskResult | Error> {
    return await this.start(agent).ended;
  }

  /** Decides the question that was asked last. */
  decide(fields: Partial<Approval>): void {
    const question = this.#questions.at(-1);
    if (question === undefined) throw new Error("nothing was asked");
    this.#decided.set(question.key, { ...openApproval(this.task.id, question), ...fields });
  }

  #ask(question: AgentQuestion): Approval {
    const decided = this.#decided.get(question.key);
    if (decided !== undefined) return decided;
    if (!this.#questions.some(({ key }) => key === question.key)) this.#questions.push(question);
    throw new Suspended(question.deadlineMs);
  }
}

function openApproval(taskId: string, question: AgentQuestion): Approval {
  return {
    id: newId("approval"),
    kind: question.kind,
    status: "open",
    task_id: taskId,
    workflow_id: null,
    step_id: null,
    organization_id: "default",
    workspace_id: "ws-1",
    message: question.message,
    data: question.data,
    approvers: null,
    requested_at: new Date().toISOString(),
    deadline: new Date(question.deadlineMs).toISOString(),
    default_decision: "deny",
    decision: null,
    decided_by: null,
    decided_at: null,
    comment: null,
    remember: null,
  };
}

export const allowed = { status: "allowed", decision: "allow" } as const;
export const denied = { status: "denied", decision: "deny" } as const;
export const expired = { status: "expired", decision: "deny" } as const;
