import { z } from "zod";
import { basePath, defineOperation, largeBodyBytesMax } from "../define-operation.ts";
import { errorBody } from "../error-body.ts";
import { idSchema } from "../ids.ts";

export const executeBatch = defineOperation({
  id: "execute_batch",
  method: "post",
  path: `${basePath}/execute/batch`,
  summary: "Submit up to 1000 tasks, each of which stands alone",
  tag: "Tasks",
  requires: "task:create",
  // Each task is checked by itself, so that one bad task does not refuse the others.
  body: z.strictObject({
    tasks: z
      .array(z.unknown())
      .min(1, "must have at least one task")
      .max(1000, "must have at most 1000 tasks"),
  }),
  bodyBytesMax: largeBodyBytesMax,
  idempotent: true,
  responses: {
    202: {
      description: "For each task its id, or why it was refused.",
      schema: z.object({
        tasks: z.array(
          z.union([
            z.object({ index: z.number().int(), id: idSchema("task") }),
            z.object({ index: z.number().int(), error: errorBody }),
          ]),
        ),
      }),
    },
  },
});
