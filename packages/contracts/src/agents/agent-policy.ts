/** The limits of one task of an agent: what it asks for, else what its action gives, else its agent. */
import { type TaskLimits, type TaskPolicy, taskPolicy } from "../task-limits.ts";
import type { AgentDescriptor } from "./agent-descriptor.ts";

export function policyOf(agent: AgentDescriptor, action: unknown, asked: TaskLimits): TaskPolicy {
  const { defaults } = agent;
  const own =
    typeof action === "string" && Object.hasOwn(agent.actions, action)
      ? agent.actions[action]?.defaults
      : undefined;
  const backoff = { ...defaults.backoff, ...own?.backoff };
  return taskPolicy({ ...defaults, ...own, backoff }, asked);
}
