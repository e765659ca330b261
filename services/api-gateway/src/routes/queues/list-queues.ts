import { authorize } from "@drover/access";
import { listQueues } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

/** Queues hold the work of every organization, so they are the site's. */
export const listQueuesRoute = answering(listQueues)(async (services, { principal }) => {
  authorize(principal, "queue:read", {});
  const queues = await services.queues.counts();
  return { status: 200, body: { queues, count: queues.length } };
});
