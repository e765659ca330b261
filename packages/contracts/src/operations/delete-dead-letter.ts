import { basePath, defineOperation } from "../define-operation.ts";
import { deadLetterParams } from "./redrive-dead-letter.ts";

export const deleteDeadLetter = defineOperation({
  id: "delete_dead_letter",
  method: "delete",
  path: `${basePath}/dead-letters/{dead_letter_id}`,
  summary: "Drop a dead letter; its task stays failed",
  tag: "Dead letters",
  requires: "dead_letter:update",
  params: deadLetterParams,
  responses: { 204: { description: "Dropped.", schema: undefined } },
});
