import { basePath, defineOperation } from "../define-operation.ts";
import { queueCounts } from "../queue.ts";
import { queueParams } from "./get-queue-demand.ts";

export const resumeQueue = defineOperation({
  id: "resume_queue",
  method: "post",
  path: `${basePath}/queues/{queue_name}/resume`,
  summary: "Take work from a queue again",
  tag: "Queues",
  requires: "queue:update",
  params: queueParams,
  responses: { 202: { description: "The queue.", schema: queueCounts } },
});
