/** Which queue carries the jobs of an agent's tasks: the one of its name, but for the control steps of runs. */
import { agentNames, systemQueues } from "@drover/contracts";

/** The pseudo-agent of control steps: they hold no worker and are handled where runs are. */
export const controlAgent = "control";

/** Every agent that a task in the ledger can be of. */
export const taskAgents: readonly string[] = [...agentNames, controlAgent];

export function queueOfAgent(agent: string): string {
  return agent === controlAgent ? systemQueues.workflow : agent;
}
