import { deadLetterRecord } from "../dead-letter.ts";
import { basePath, defineOperation } from "../define-operation.ts";
import { deadLetterParams } from "./redrive-dead-letter.ts";

export const getDeadLetter = defineOperation({
  id: "get_dead_letter",
  method: "get",
  path: `${basePath}/dead-letters/{dead_letter_id}`,
  summary: "A dead letter, with every death of its task so far",
  tag: "Dead letters",
  requires: "dead_letter:read",
  params: deadLetterParams,
  responses: { 200: { description: "The dead letter.", schema: deadLetterRecord } },
});
