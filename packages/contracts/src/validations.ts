/** zod's issues → the contract's `validations`, with paths as a caller writes them: `steps[2].depends_on`. */
import type { Validation } from "@drover/errors";
import { z } from "zod";

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
    const chosen = issue.code === "invalid_union" ? closestForm(issue.errors) : null;
    if (chosen !== null) {
      return validationsOf(new z.ZodError(chosen), fieldPath(issue.path, root).replace(/^\(body\)$/, ""));
    }
    return [{ field: fieldPath(issue.path, root), detail: issue.message }];
  });
}

/**
 * Of several forms of an object, the faults of the one that was meant: which knows most of the fields that were given.
 * Null where a form is no object.
 */
function closestForm(forms: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | null {
  const unknownIn = (issues: readonly z.core.$ZodIssue[]) =>
    issues.reduce((sum, issue) => {
      const own = issue.code === "unrecognized_keys" && issue.path.length === 0;
      return own ? sum + issue.keys.length : sum;
    }, 0);
  const isOfObject = (issues: readonly z.core.$ZodIssue[]) =>
    issues.every(
      (issue) =>
        issue.path.length > 0 ||
        issue.code === "unrecognized_keys" ||
        (issue.code === "invalid_type" && issue.expected === "object"),
    );
  if (!forms.every(isOfObject)) return null;
  return forms.toSorted((left, right) => unknownIn(left) - unknownIn(right))[0] ?? null;
}
