import { authorize } from "@drover/access";
import { getQueueDemand } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";

export const getQueueDemandRoute = answering(getQueueDemand)(async (services, { params, principal }) => {
  authorize(principal, "queue:read", {});
  const demand = await services.queues.demand(params.queue_name);
  if (demand === null) throw new DroverError("not_found");
  return { status: 200, body: demand };
});
