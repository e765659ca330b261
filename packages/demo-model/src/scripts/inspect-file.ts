/** `explain` and `review`: looks, and changes nothing. */
import { pathsIn } from "../glob-result.ts";
import { readingOf } from "../read-result.ts";
import { act, type Script } from "../script.ts";
import type { TaskPrompt } from "../task-prompt.ts";

export function inspectFile(prompt: TaskPrompt): Script {
  const look = act(
    prompt.file === null ? { kind: "glob", pattern: "**/*" } : { kind: "read", path: prompt.file },
  );
  const verdict =
    prompt.action === "review"
      ? "The demo model finds no fault, for it does not look for any."
      : "The demo model can count what is there, but not tell what it means.";
  return {
    steps: [look],
    closing: (outcomes) => {
      const result = outcomes[0]?.result ?? "";
      if (prompt.file === null) return `The workspace holds ${pathsIn(result).length} files. ${verdict}`;
      const reading = readingOf(result);
      if (reading.kind !== "content") return `${prompt.file} could not be read.`;
      return `${prompt.file} has ${reading.lines} lines. ${verdict}`;
    },
  };
}
