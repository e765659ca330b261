/**
 * Gives tasks of one tenant and one action that start at about the same time to their agent together, where it declares
 * that this pays. Each keeps its own hold, clocks, cancel, events and outcome; only the work is one call.
 *
 * What it gathers has already been taken from the queue in its order, so priorities and fair shares are what they were.
 */
import type { BatchDescriptor, TaskResult } from "@drover/contracts";
import { RetryableFailure } from "@drover/errors";
import type { Agent, AgentContext, AgentTask } from "./agent.ts";

interface Member {
  readonly task: AgentTask;
  readonly context: AgentContext;
  readonly settle: (outcome: Promise<TaskResult>) => void;
}

interface Gathering {
  readonly members: Member[];
  readonly stop: () => void;
}

export class BatchCollector {
  readonly #agent: Agent;
  readonly #gathering = new Map<string, Gathering>();

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** As `Agent.execute`, but maybe together with others. */
  async execute(task: AgentTask, context: AgentContext): Promise<TaskResult> {
    const { action } = task.payload;
    const { actions } = this.#agent.descriptor;
    const batch =
      typeof action === "string" && Object.hasOwn(actions, action) ? actions[action]?.batch : undefined;
    if (batch === undefined || this.#agent.executeBatch === undefined)
      return await this.#agent.execute(task, context);
    context.signal.throwIfAborted();
    const key = `${task.organizationId}/${task.workspaceId ?? ""} ${action}`;
    return await this.#join(key, batch, task, context);
  }

  async #join(
    key: string,
    batch: BatchDescriptor,
    task: AgentTask,
    context: AgentContext,
  ): Promise<TaskResult> {
    return await new Promise<TaskResult>((resolve, reject) => {
      const member: Member = {
        task,
        context,
        settle: (outcome) => {
          context.signal.removeEventListener("abort", leave);
          resolve(outcome);
        },
      };
      // Before the call it just leaves; from then on its agent heeds the signal.
      const leave = () => {
        if (this.#leave(key, member)) reject(context.signal.reason);
      };
      context.signal.addEventListener("abort", leave, { once: true });
      const gathering = this.#gathering.get(key) ?? this.#begin(key, batch.maxWaitMs);
      gathering.members.push(member);
      if (gathering.members.length >= batch.maxSize) this.#close(key);
    });
  }

  #begin(key: string, maxWaitMs: number): Gathering {
    const close = () => this.#close(key);
    let stop: () => void;
    if (maxWaitMs === 0) {
      const immediate = setImmediate(close);
      stop = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(close, maxWaitMs);
      stop = () => clearTimeout(timer);
    }
    const gathering: Gathering = { members: [], stop };
    this.#gathering.set(key, gathering);
    return gathering;
  }

  #leave(key: string, member: Member): boolean {
    const members = this.#gathering.get(key)?.members ?? [];
    const position = members.indexOf(member);
    if (position >= 0) members.splice(position, 1);
    return position >= 0;
  }

  #close(key: string): void {
    const gathering = this.#gathering.get(key);
    if (gathering === undefined) return;
    this.#gathering.delete(key);
    gathering.stop();
    this.#run(gathering.members);
  }

  #run(members: readonly Member[]): void {
    const { executeBatch } = this.#agent;
    const [only] = members;
    if (only === undefined) return;
    if (members.length === 1 || executeBatch === undefined) {
      for (const { task, context, settle } of members) settle(this.#agent.execute(task, context));
      return;
    }
    const tasks = members.map(({ task }) => task);
    const contexts = members.map(({ context }) => context);
    try {
      const outcomes = executeBatch.call(this.#agent, tasks, contexts);
      for (const [position, { settle }] of members.entries()) settle(outcomes[position] ?? noOutcome());
    } catch (fault) {
      for (const { settle } of members) settle(Promise.reject(fault));
    }
  }
}

async function noOutcome(): Promise<never> {
  throw new RetryableFailure("agent_failed", "The agent gave no outcome for this task of its batch.");
}
