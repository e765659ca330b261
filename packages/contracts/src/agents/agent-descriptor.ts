/**
 * What the contract knows of an agent: the task types it supports and, per action, the schema of its payload.
 *
 * It is the one source for validation at the gateway, the registry's `payload_schema` and the agent's own parsing.
 * A payload is `{"action": "<name>", ...fields}`; an action's schema describes the fields beside `action`.
 */
import type { z } from "zod";
import type { TaskDefaults } from "../task-limits.ts";

export interface ActionDescriptor<Schema extends z.ZodObject = z.ZodObject> {
  readonly description: string;
  readonly payload: Schema;
  /** Over those of the agent. */
  readonly defaults?: Partial<TaskDefaults>;
  /** Set where tasks of one tenant that start at about the same time may be given to `Agent.executeBatch` together. */
  readonly batch?: BatchDescriptor;
}

export interface BatchDescriptor {
  /** Most tasks of one call. */
  readonly maxSize: number;
  /** How long the first of a batch waits for company, in milliseconds; 0: only what starts in the same moment. */
  readonly maxWaitMs: number;
}

/** When the fleet stops giving tasks to an agent whose means are away or full. */
export interface CircuitDescriptor {
  /** So many different tasks in a row, without a success between them, open the circuit. */
  readonly failures: number;
  /** How long it is open at first, in milliseconds; doubles each time that a try fails, up to `openMsMax`. */
  readonly openMs: number;
  readonly openMsMax: number;
  /** A try that has not failed after so many milliseconds counts as a success. */
  readonly probeMs: number;
}

/**
 * A task whose payload has this value in this field works apart. It is known when the task is accepted, so in a step of a
 * workflow the field must not be an expression.
 */
export interface ApartDescriptor {
  readonly field: string;
  readonly value: string;
}

export interface AgentDescriptor {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Task types that route to this agent. */
  readonly supports: readonly string[];
  readonly actions: Readonly<Record<string, ActionDescriptor>>;
  /** Whether its tasks act in a workspace. */
  readonly workspace: "required" | "optional";
  /** Set where some of its tasks leave the files of their workspace alone, so that they run beside others there. */
  readonly apart?: ApartDescriptor;
  readonly defaults: TaskDefaults;
  /** Set where its tasks use a model: they wait while the budget of their workspace or organization is used up. */
  readonly usesModel?: true;
  /** Set where it stops a task whose budget is used up; elsewhere a task must not have one. */
  readonly heedsBudget?: true;
  /** Absent: the usual one. */
  readonly circuit?: CircuitDescriptor;
  /** Set where no worker of this version serves the agent: it is listed with this reason and takes no tasks. */
  readonly notServed?: string;
}
