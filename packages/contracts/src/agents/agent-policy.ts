/** The limits of one task of an agent: what it asks for, else what its action gives, else its agent. */
import type { Validation } from "@drover/errors";
import type { TaskBudget } from "../task-budget.ts";
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

/** A budget that nobody would heed is refused: a limit that does not hold is worse than none. */
export function budgetFaults(
  agent: AgentDescriptor,
  budget: TaskBudget | undefined,
  field: string,
): Validation[] {
  if (budget === undefined || agent.heedsBudget === true) return [];
  return [{ field, detail: `is not heeded by ${agent.name}; leave it out` }];
}
