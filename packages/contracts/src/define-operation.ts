/** Makes an operation from what is particular to it; the rest is the default of the contract. */
import { z } from "zod";
import type { Operation, Responses } from "./operation.ts";

export const basePath = "/api/v2/agents";
export const bodyBytesMax = 1024 * 1024;
/** Of batch, workflow and template calls. */
export const largeBodyBytesMax = 16 * 1024 * 1024;

const none = z.object({});
type None = typeof none;

type Particulars<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  A extends Responses,
> = Pick<Operation<P, Q, B, A>, "id" | "method" | "path" | "summary" | "tag" | "requires" | "responses"> &
  Partial<Omit<Operation<P, Q, B, A>, "params" | "query" | "body">> & { params?: P; query?: Q; body?: B };

export function defineOperation<
  const A extends Responses,
  P extends z.ZodObject = None,
  Q extends z.ZodObject = None,
  B extends z.ZodType = z.ZodUndefined,
>(particulars: Particulars<P, Q, B, A>): Operation<P, Q, B, A>;
export function defineOperation(
  particulars: Particulars<z.ZodObject, z.ZodObject, z.ZodType, Responses>,
): Operation {
  return {
    params: none,
    query: none,
    body: z.undefined(),
    bodyBytesMax,
    idempotent: false,
    errors: [],
    ...particulars,
  };
}
