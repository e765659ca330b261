/** zod's issues → the contract's `validations`, with paths as a caller writes them: `steps[2].depends_on`. */
import type { Validation } from "@drover/errors";
import type { z } from "zod";

export function fieldPath(path: readonly PropertyKey[], root = ""): string {
  let text = root;
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text === "" ? "(body)" : text;
}

export function validationsOf(error: z.ZodError, root = ""): Validation[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        field: fieldPath([...issue.path, key], root),
        detail: "is not a known field",
      }));
    }
    return [{ field: fieldPath(issue.path, root), detail: issue.message }];
  });
}
