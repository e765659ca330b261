import { authorize } from "@drover/access";
import { pauseQueue } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";

export const pauseQueueRoute = answering(pauseQueue)(async (services, { params, principal }) => {
  authorize(principal, "queue:update", {});
  await services.queues.pause(params.queue_name, principal.id);
  const counts = await services.queues.countsOf(params.queue_name);
  if (counts === null) throw new DroverError("not_found");
  return { status: 202, body: counts };
});
