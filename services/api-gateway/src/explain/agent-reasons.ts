/** Why nothing of an agent starts now, whoever it is for. */
import type { WhyReason } from "@drover/contracts";
import type { Services } from "../services.ts";
import { circuitReasons } from "./circuit-reasons.ts";

/** What holds for an agent, by its name. */
export type AgentReasons = (name: string) => Promise<WhyReason[]>;

export async function agentReasons(services: Services, name: string): Promise<WhyReason[]> {
  const { registry, queues } = services;
  const reasons: WhyReason[] = [];
  const agent = await registry.agent(name);
  if (agent !== null && agent.instances.length === 0) {
    reasons.push({ code: "no_live_worker", message: `No live worker serves ${name}.`, ref: name });
  } else if (agent?.status === "unavailable") {
    const message = agent.reason ?? `${name} is unavailable.`;
    reasons.push({ code: "agent_unavailable", message, ref: name });
  }
  const queue = await queues.countsOf(name);
  if (queue?.paused === true) {
    const { paused_by: by, paused_at: since } = queue;
    reasons.push({
      code: "queue_paused",
      message: by === null ? `The queue of ${name} is paused.` : `${by} paused the queue of ${name}.`,
      ref: name,
      ...(by === null ? {} : { by }),
      ...(since === null ? {} : { since }),
    });
  }
  reasons.push(...(await circuitReasons(services, name)));
  return reasons;
}
