/** `edit`, `refactor`, `fix`: reads a file and adds a line to it; writes the file where there is none. */
import { pathsIn } from "../glob-result.ts";
import type { Intent } from "../intent.ts";
import { readingOf } from "../read-result.ts";
import { act, type Outcome, type Script } from "../script.ts";
import type { TaskPrompt } from "../task-prompt.ts";
import { commentLine } from "../templates/comment-line.ts";

const titles = new Map([
  ["edit", "Edited"],
  ["refactor", "Refactored"],
  ["fix", "Fixed"],
]);

/** Written where no file is named and none is found. */
const fallbackPath = "NOTES.md";

export function changeFile(prompt: TaskPrompt): Script {
  const remark = `${titles.get(prompt.action) ?? "Changed"} by Drover's demo model: ${prompt.headline}`;
  const target = (outcomes: readonly Outcome[]) => prompt.file ?? firstCommentable(outcomes) ?? fallbackPath;
  return {
    steps: [
      ...(prompt.file === null ? [act({ kind: "glob", pattern: "**/*" })] : []),
      { kind: "act", act: (outcomes) => [{ kind: "read", path: target(outcomes) }] },
      { kind: "act", act: (outcomes) => change(target(outcomes), remark, outcomes) },
    ],
    closing: (outcomes) => {
      const last = outcomes.at(-1)?.intent;
      if (last?.kind === "write") return `${last.path} was written.`;
      if (last?.kind === "edit") return `A line was added to ${last.path}.`;
      return "Nothing was changed: the file cannot be read, or already holds the change.";
    },
  };
}

function firstCommentable(outcomes: readonly Outcome[]): string | null {
  const listing = outcomes.find(({ intent }) => intent.kind === "glob");
  const paths = pathsIn(listing?.result ?? "");
  return paths.find((path) => commentLine(path, "") !== null) ?? null;
}

function change(path: string, remark: string, outcomes: readonly Outcome[]): Intent[] {
  const comment = commentLine(path, remark);
  if (comment === null) return [{ kind: "write", path: `${path}.md`, content: `${remark}\n` }];
  const reading = readingOf(outcomes.find(({ intent }) => intent.kind === "read")?.result ?? "");
  if (reading.kind === "unreadable") return [];
  if (reading.kind === "missing" || reading.text.trim() === "") {
    return [{ kind: "write", path, content: `${comment}\n` }];
  }
  const lines = reading.text.split("\n");
  if (lines.includes(comment)) return [];
  const before = uniqueHead(reading.text, lines);
  const [first = "", ...rest] = before.split("\n");
  // What tells a program how to read the file must stay its first line.
  const isPreamble = /^(#!|<!doctype|<\?)/i.test(first);
  const after = isPreamble ? [first, comment, ...rest] : [comment, before];
  return [{ kind: "edit", path, before, after: after.join("\n") }];
}

/** The fewest whole lines from the start that occur only once: `edit` refuses what it finds twice. */
function uniqueHead(text: string, lines: readonly string[]): string {
  for (let count = 1; count < lines.length; count += 1) {
    const head = lines.slice(0, count).join("\n");
    if (head.trim() !== "" && text.indexOf(head, 1) === -1) return head;
  }
  return text;
}
