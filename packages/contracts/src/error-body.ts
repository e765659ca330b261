/** The body of every error that the API answers. */
import { z } from "zod";

export const errorBody = z
  .object({
    message: z.string(),
    code: z.string().regex(/^[a-z][a-z0-9_]*$/),
    detail: z.string().optional(),
    validations: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: "Error" });
