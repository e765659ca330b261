import { z } from "zod";
import { basePath, defineOperation } from "../define-operation.ts";

export const purgeDeadLetters = defineOperation({
  id: "purge_dead_letters",
  method: "post",
  path: `${basePath}/dead-letters/purge`,
  summary: "Drop every dead letter that a search finds, at most 1000 a call; their tasks stay failed",
  tag: "Dead letters",
  requires: "dead_letter:update",
  body: z.strictObject({ q: z.string().min(1).max(2048) }),
  responses: {
    200: {
      description: "How many were dropped, and how many are left.",
      schema: z.object({ purged: z.number().int(), remaining: z.number().int() }),
    },
  },
});
