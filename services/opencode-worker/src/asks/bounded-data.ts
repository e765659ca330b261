/** What a program says about its request, cut to a size that fits into an approval, and without secrets. */

const stringLengthMax = 500;
const entriesMax = 20;
const depthMax = 4;
const lengthMax = 4_000;

/**
 * A copy that is JSON: long texts and lists are cut, what lies deep or is too much in all is left out.
 * @param redact takes the secrets out of a text
 */
export function boundedData(value: unknown, redact: (text: string) => string): unknown {
  let left = lengthMax;
  const copy = (of: unknown, depth: number): unknown => {
    if (typeof of === "number" || typeof of === "boolean" || of === null) return of;
    if (typeof of === "string") {
      const text = cut(redact(of), Math.min(stringLengthMax, left));
      left -= text.length;
      return text;
    }
    if (typeof of !== "object" || depth >= depthMax || left <= 0) return undefined;
    if (Array.isArray(of)) return of.slice(0, entriesMax).map((item) => copy(item, depth + 1) ?? null);
    const entries = Object.entries(of)
      .slice(0, entriesMax)
      .map(([name, item]) => {
        left -= name.length;
        return [name, copy(item, depth + 1)] as const;
      });
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  return copy(value, 0) ?? null;
}

export function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return `${text.slice(0, Math.max(0, lengthMax - 1))}…`;
}
