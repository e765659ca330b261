import { getRegistry } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const getRegistryRoute = answering(getRegistry)(async (services) => {
  const agents = await services.registry.agents();
  return { status: 200, body: { agents, count: agents.length } };
});
