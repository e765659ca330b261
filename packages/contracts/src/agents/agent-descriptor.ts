/**
 * What the contract knows of an agent: the task types it supports and, per action, the schema of its payload.
 *
 * It is the one source for validation at the gateway, the registry's `payload_schema` and the agent's own parsing.
 * A payload is `{"action": "<name>", ...fields}`; an action's schema describes the fields beside `action`.
 */
import type { z } from "zod";

export interface ActionDescriptor<Schema extends z.ZodObject = z.ZodObject> {
  readonly description: string;
  readonly payload: Schema;
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
  readonly defaults: { readonly maxAttempts: number; readonly timeoutSeconds: number };
  /** Set where no worker of this version serves the agent: it is listed with this reason and takes no tasks. */
  readonly notServed?: string;
}
