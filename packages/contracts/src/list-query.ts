/** Lists: newest first, a cursor, and one `q` of `key:value` terms. */
import { DroverError } from "@drover/errors";
import { z } from "zod";

export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after_id: z.string().max(128).optional().describe("The last id of the page before."),
  q: z.string().max(2048).optional().describe("Terms like status:failed agent:opencode workspace:ws-123."),
});

/** A list's body: `{"<plural>": [...], "count": n}`; `count` is how many match in all. */
export function listOf<Name extends string, Item extends z.ZodType>(plural: Name, item: Item) {
  return z.object({ [plural]: z.array(item), count: z.number().int() } as {
    [Key in Name]: z.ZodArray<Item>;
  } & {
    count: z.ZodNumber;
  });
}

/**
 * Parses `q`. Values may be quoted: `workflow:"my run"`.
 * @throws DroverError validation_failed for a term that is not `key:value` or a key that is not in `keys`
 */
export function parseSearch<Key extends string>(
  q: string | undefined,
  keys: readonly Key[],
): Partial<Record<Key, string>> {
  const found: Partial<Record<Key, string>> = {};
  for (const term of (q ?? "").match(/[^\s:]*:"[^"]*"|\S+/g) ?? []) {
    const colon = term.indexOf(":");
    const key = keys.find((known) => known === term.slice(0, colon));
    const value = term.slice(colon + 1).replace(/^"(.*)"$/, "$1");
    if (colon < 1 || key === undefined || value === "") {
      throw new DroverError("validation_failed", {
        detail: "Query parameters have invalid values.",
        validations: [
          {
            field: "q",
            detail: `"${term}" is not a known term; terms are ${keys.map((k) => `${k}:…`).join(" ")}`,
          },
        ],
      });
    }
    found[key] = value;
  }
  return found;
}
