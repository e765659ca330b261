/** How deep a value is nested, without recursion: what came over the wire may be nested deeper than the stack. */

/** @returns 0 for what is no list or map; `enough + 1` at most, since nobody needs to know more */
export function jsonNesting(value: unknown, enough: number): number {
  let depth = 0;
  let level = nestedIn([value]);
  while (level.length > 0 && depth <= enough) {
    depth += 1;
    level = nestedIn(level.flatMap((inner) => Object.values(inner)));
  }
  return depth;
}

function nestedIn(values: readonly unknown[]): object[] {
  return values.filter((value): value is object => typeof value === "object" && value !== null);
}
