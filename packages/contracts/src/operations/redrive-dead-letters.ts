import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";

export const redriveDeadLetters = defineOperation({
  id: "redrive_dead_letters",
  method: "post",
  path: `${basePath}/dead-letters/redrive`,
  summary: "Queue again every dead letter that a search finds, at most 1000 a call",
  tag: "Dead letters",
  requires: "dead_letter:update",
  body: z.strictObject({ q: z.string().min(1).max(2048) }),
  responses: {
    202: {
      description: "How many were queued again, and how many are left.",
      schema: z.object({
        redriven: z.number().int(),
        task_ids: z.array(z.string()),
        remaining: z.number().int(),
      }),
    },
  },
});
