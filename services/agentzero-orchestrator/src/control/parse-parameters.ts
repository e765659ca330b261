/** Checks what a control step was given, once its expressions are answered. */
import { validationsOf } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import type { z } from "zod";

/** @throws PermanentFailure invalid_payload, naming every fault */
export function parseParameters<Schema extends z.ZodType>(
  schema: Schema,
  parameters: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const faults = validationsOf(parsed.error, "parameters").map(({ field, detail }) => `${field} ${detail}`);
  throw new PermanentFailure("invalid_payload", `The step's parameters are not valid: ${faults.join("; ")}.`);
}
