import { basePath, defineOperation } from "../define-operation.ts";
import { queueCounts } from "../queue.ts";
import { queueParams } from "./get-queue-demand.ts";

export const pauseQueue = defineOperation({
  id: "pause_queue",
  method: "post",
  path: `${basePath}/queues/{queue_name}/pause`,
  summary: "Stop taking work from a queue",
  tag: "Queues",
  requires: "queue:update",
  params: queueParams,
  responses: { 202: { description: "The queue.", schema: queueCounts } },
});
