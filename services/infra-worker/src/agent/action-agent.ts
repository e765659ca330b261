/**
 * An agent made of a table of actions: what each of the three agents here is.
 *
 * The table's keys are the actions of the descriptor, and each action parses its fields by the schema that the
 * descriptor also shows to callers.
 */
import {
  type Agent,
  type AgentContext,
  type AgentHealth,
  type AgentTask,
  RunningTasks,
} from "@drover/agent-kit";
import { type AgentDescriptor, payloadFaults, splitPayload, type TaskResult } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import type { z } from "zod";

/** What an action is given beside its fields. */
export interface ActionCall {
  readonly task: AgentTask;
  readonly context: AgentContext;
  /** Aborts with the context's signal and when the agent is disposed. */
  readonly signal: AbortSignal;
}

export type Action = (fields: unknown, call: ActionCall) => Promise<TaskResult>;

type ActionTable<D extends AgentDescriptor> = { readonly [A in keyof D["actions"]]: Action };

/** An action whose fields are checked by `schema`; what `work` returns becomes the task's output. */
export function action<Schema extends z.ZodObject>(
  schema: Schema,
  work: (fields: z.infer<Schema>, call: ActionCall) => Promise<unknown>,
): Action {
  return async (fields, call) => {
    const output = await work(schema.parse(fields), call);
    return { output: output ?? null, artifacts: [] };
  };
}

export interface ActionAgentParts<D extends AgentDescriptor> {
  readonly descriptor: D;
  readonly actions: ActionTable<D>;
  health(): AgentHealth;
  /** Called once the running tasks have ended. */
  dispose?(): Promise<void>;
}

export function createActionAgent<D extends AgentDescriptor>(parts: ActionAgentParts<D>): Agent {
  const { descriptor, health } = parts;
  const actions = new Map<unknown, Action>(Object.entries<Action>(parts.actions));
  const running = new RunningTasks();
  return {
    name: descriptor.name,
    descriptor,
    supports: (type) => descriptor.supports.includes(type),
    execute: async (task, context) => {
      const { action: name, fields } = splitPayload(task.payload);
      const run = actions.get(name);
      const faults = payloadFaults(descriptor, name, fields, "payload");
      if (run === undefined || faults.length > 0) {
        const text = faults.map((fault) => `${fault.field} ${fault.detail}`).join("; ");
        throw new PermanentFailure("invalid_payload", `The payload is not valid: ${text}.`);
      }
      return await running.run(context.signal, (signal) => run(fields, { task, context, signal }));
    },
    health,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await parts.dispose?.();
    },
  };
}
