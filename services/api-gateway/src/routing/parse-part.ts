/** A part of a request → its typed value, or every fault of it at once. */
import { validationsOf } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { z } from "zod";

const details = {
  params: "The path is not valid.",
  query: "Query parameters have invalid values.",
  body: undefined,
} as const;

/** @throws DroverError validation_failed */
export function parsePart<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  part: keyof typeof details,
): z.output<Schema> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const detail = details[part];
  throw new DroverError("validation_failed", {
    validations: validationsOf(parsed.error),
    ...(detail === undefined ? {} : { detail }),
  });
}
