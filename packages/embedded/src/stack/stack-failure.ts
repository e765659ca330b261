/** The stack did not come up; the message says which part did not, why, and what its log says. */
import { readFile } from "node:fs/promises";
import { lastLines } from "@drover/processes";

export class StackFailure extends Error {
  override readonly name = "StackFailure";
}

const linesShown = 12;

/** The end of a log, indented and without stack frames; says so when it is empty. */
export async function logTail(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = lastLines(text.replace(/^\s+at .*$/gm, ""), linesShown);
  if (lines === "") return `Its log (${file}) is empty.`;
  return `Its log (${file}) ends with:\n${lines.replace(/^/gm, "  ")}`;
}
