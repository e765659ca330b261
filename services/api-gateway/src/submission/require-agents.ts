/** Refuses work for agents that take none now. An agent without any live instance takes work: it waits for one. */
import type { AgentRegistry } from "@drover/agent-kit";
import { DroverError } from "@drover/errors";

const retryMs = 30_000;

/** Null when the agent takes work. */
export async function agentRefusal(registry: AgentRegistry, agent: string): Promise<DroverError | null> {
  const reason = await registry.refusal(agent);
  if (reason === null) return null;
  return new DroverError("agent_unavailable", { detail: `${agent}: ${reason}`, retryAfterMs: retryMs });
}

/** @throws DroverError agent_unavailable for the first that takes no work */
export async function requireAgents(registry: AgentRegistry, agents: Iterable<string>): Promise<void> {
  for (const agent of new Set(agents)) {
    const refusal = await agentRefusal(registry, agent);
    if (refusal !== null) throw refusal;
  }
}
