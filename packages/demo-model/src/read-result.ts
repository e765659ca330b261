/** Reads a file's text out of what OpenCode's `read` tool says: each line with its number before it. */

export type Reading =
  | { readonly kind: "content"; readonly text: string; readonly lines: number }
  | { readonly kind: "missing" }
  /** A folder, a binary file, a refusal: it must not be overwritten. */
  | { readonly kind: "unreadable" };

export function readingOf(result: string): Reading {
  if (/^File not found/.test(result)) return { kind: "missing" };
  if (!result.includes("<content>")) return { kind: "unreadable" };
  const shown = [...result.matchAll(/^\d+: (.*)$/gm)].map(([, line]) => line ?? "");
  const total = /^\((?:End of file - total|Showing lines \d+-\d+ of) (\d+)/m.exec(result)?.[1];
  return { kind: "content", text: shown.join("\n"), lines: Number(total ?? shown.length) };
}
