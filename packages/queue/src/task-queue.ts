/**
 * Where the job of a task is. Each agent has a queue of its name; the steps that only wait (`control`) have no worker, so
 * their jobs are in the queue of the runs, where the orchestrator looks after them.
 */
import { agentNames, control, systemQueues } from "@drover/contracts";

/** Every agent that tasks can have in the ledger. */
export const taskAgents: readonly string[] = [...agentNames, control.name];

/** The name of the queue that holds the jobs of an agent's tasks. */
export function queueOfAgent(agent: string): string {
  return agent === control.name ? systemQueues.workflow : agent;
}
