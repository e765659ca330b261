import { basePath, defineOperation } from "../define-operation.ts";
import { listOf } from "../list-query.ts";
import { queueCounts } from "../queue.ts";

export const listQueues = defineOperation({
  id: "list_queues",
  method: "get",
  path: `${basePath}/queues`,
  summary: "All queues with their counts",
  tag: "Queues",
  requires: "queue:read",
  responses: { 200: { description: "Queues.", schema: listOf("queues", queueCounts) } },
});
