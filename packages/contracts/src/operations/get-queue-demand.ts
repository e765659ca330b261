import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { queueDemand } from "../queue.ts";

export const queueParams = z.object({ queue_name: z.string().max(64) });

export const getQueueDemand = defineOperation({
  id: "get_queue_demand",
  method: "get",
  path: `${basePath}/queues/{queue_name}/demand`,
  summary: "How much work there is, for an autoscaler",
  tag: "Queues",
  requires: "queue:read",
  params: queueParams,
  responses: { 200: { description: "The demand.", schema: queueDemand } },
});
