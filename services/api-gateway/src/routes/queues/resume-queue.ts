import { authorize } from "@drover/access";
import { resumeQueue } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";

export const resumeQueueRoute = answering(resumeQueue)(async (services, { params, principal }) => {
  authorize(principal, "queue:update", {});
  await services.queues.resume(params.queue_name);
  const counts = await services.queues.countsOf(params.queue_name);
  if (counts === null) throw new DroverError("not_found");
  return { status: 202, body: counts };
});
