/** Reads paths from what OpenCode's `glob` tool says: one path a line, beside lines of prose. */

/** The paths found, sorted, so that the choice among them does not depend on their age. */
export function pathsIn(result: string): string[] {
  return result
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^[^\s()]*[/.][^\s()]*$/.test(line) && !line.includes("/.git/"))
    .sort();
}
