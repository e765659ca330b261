/** `test`: reads a file and writes a test beside it. */
import { act, type Script } from "../script.ts";
import type { TaskPrompt } from "../task-prompt.ts";
import { languageOf } from "../templates/language.ts";
import { testCode, testPath } from "../templates/test-code.ts";

const defaultPath = "api/server.js";

export function writeTest(prompt: TaskPrompt): Script {
  const subject = prompt.file ?? defaultPath;
  const language = languageOf(prompt.language, subject);
  const path = language === null ? `${subject}.test.md` : testPath(language, subject);
  const content =
    language === null
      ? `# Not generated\n\nThe demo model writes tests for Go, TypeScript, JavaScript and Python only.\n`
      : testCode(language, subject, prompt.headline);
  return {
    steps: [act({ kind: "read", path: subject }), act({ kind: "write", path, content })],
    closing: () => `A test of ${subject} stands in ${path}.`,
  };
}
