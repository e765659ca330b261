import { deadLetter } from "../dead-letter.ts";
import { basePath, defineOperation } from "../define-operation.ts";
import { listOf, listQuery } from "../list-query.ts";

/** Keys of `q` when listing or redriving dead letters. */
export const deadLetterSearchKeys = ["agent", "reason", "workspace", "organization", "workflow"] as const;

export const listDeadLetters = defineOperation({
  id: "list_dead_letters",
  method: "get",
  path: `${basePath}/dead-letters`,
  summary: "List dead letters, newest first",
  description: `Terms of q: ${deadLetterSearchKeys.join(", ")}.`,
  tag: "Dead letters",
  requires: "dead_letter:read",
  query: listQuery,
  responses: { 200: { description: "Dead letters.", schema: listOf("dead_letters", deadLetter) } },
});
