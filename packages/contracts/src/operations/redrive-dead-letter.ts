import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";
import { task } from "../task.ts";

export const deadLetterParams = z.object({ dead_letter_id: z.string().max(128) });

export const redriveDeadLetter = defineOperation({
  id: "redrive_dead_letter",
  method: "post",
  path: `${basePath}/dead-letters/{dead_letter_id}/redrive`,
  summary: "Queue a dead letter's task again, with fresh attempts",
  tag: "Dead letters",
  requires: "dead_letter:update",
  params: deadLetterParams,
  responses: { 202: { description: "The task.", schema: task } },
  errors: ["conflict"],
});
