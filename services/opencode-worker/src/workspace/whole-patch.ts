/**
 * Patches as OpenCode makes them: one hunk that holds the whole file. What the file is now can be read from one, and it is
 * made short for a reader.
 */

export interface WholePatch {
  readonly lines: readonly PatchLine[];
}

interface PatchLine {
  readonly mark: " " | "-" | "+";
  readonly text: string;
  /** The file ends with it, and not with a line break. */
  readonly unended: boolean;
}

const hunkStart = /^@@ -(?<old>\d+)(?:,\d+)? \+(?<new>\d+)(?:,\d+)? @@/;
const contextLines = 3;

/** Null for what is no patch of a whole text file. */
export function readWholePatch(patch: string): WholePatch | null {
  const rows = patch.split("\n");
  const start = rows.findIndex((row) => hunkStart.test(row));
  const head = hunkStart.exec(rows[start] ?? "")?.groups;
  if (head === undefined || Number(head["old"]) > 1 || Number(head["new"]) > 1) return null;
  const lines: PatchLine[] = [];
  for (const [index, row] of rows.entries()) {
    if (index <= start) continue;
    const mark = row.slice(0, 1);
    if (mark === "\\") {
      const last = lines.pop();
      if (last !== undefined) lines.push({ ...last, unended: true });
    } else if (mark === " " || mark === "-" || mark === "+") {
      lines.push({ mark, text: row.slice(1), unended: false });
    } else if (row !== "") return null; // a second hunk: it is not whole
  }
  return { lines };
}

/** What the file holds after the patch. */
export function contentAfter({ lines }: WholePatch): string {
  return lines
    .filter(({ mark }) => mark !== "-")
    .map(({ text, unended }) => (unended ? text : `${text}\n`))
    .join("");
}

/** The hunks of the patch with a few lines around each change. */
export function shortHunks({ lines }: WholePatch): string {
  const kept = new Set<number>();
  for (const [index, { mark }] of lines.entries()) {
    if (mark === " ") continue;
    for (let near = index - contextLines; near <= index + contextLines; near += 1) kept.add(near);
  }
  let [before, after] = [0, 0];
  const hunks: { before: number; after: number; rows: PatchLine[] }[] = [];
  for (const [index, line] of lines.entries()) {
    if (kept.has(index)) {
      if (!kept.has(index - 1) || hunks.length === 0) hunks.push({ before, after, rows: [] });
      hunks.at(-1)?.rows.push(line);
    }
    if (line.mark !== "+") before += 1;
    if (line.mark !== "-") after += 1;
  }
  return hunks.map(textOf).join("");
}

function textOf(hunk: { before: number; after: number; rows: readonly PatchLine[] }): string {
  const count = (other: "-" | "+") => hunk.rows.filter(({ mark }) => mark !== other).length;
  const span = (passed: number, length: number) => `${length === 0 ? passed : passed + 1},${length}`;
  const rows = hunk.rows.map(
    ({ mark, text, unended }) => `${mark}${text}\n${unended ? "\\ No newline at end of file\n" : ""}`,
  );
  return `@@ -${span(hunk.before, count("+"))} +${span(hunk.after, count("-"))} @@\n${rows.join("")}`;
}
