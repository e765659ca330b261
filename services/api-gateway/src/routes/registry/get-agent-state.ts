import { getAgentState } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";

export const getAgentStateRoute = answering(getAgentState)(async (services, { params }) => {
  const agent = await services.registry.agent(params.agent_name);
  const state = agent === null ? null : await services.queues.agentQueueState(agent.name);
  if (agent === null || state === null) throw new DroverError("not_found");
  return {
    status: 200,
    body: {
      name: agent.name,
      status: agent.status,
      reason: agent.reason,
      queue: state.queue,
      circuits: [await services.circuits.show(agent.name)],
      throughput_per_minute: state.throughputPerMinute,
      oldest_waiting_seconds: state.oldestWaitingSeconds,
    },
  };
});
