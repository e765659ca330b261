/** `generate_code`: one file in the language asked for. */
import { act, type Script } from "../script.ts";
import type { TaskPrompt } from "../task-prompt.ts";
import { languageOf } from "../templates/language.ts";
import { defaultCodePath, usersCode } from "../templates/users-code.ts";

export function generateCode(prompt: TaskPrompt): Script {
  const language = languageOf(prompt.language, prompt.file);
  if (language === null) return noteInstead(prompt);
  const path = prompt.file ?? defaultCodePath[language];
  const content = usersCode(language, path, prompt.headline);
  return {
    steps: [act({ kind: "write", path, content }), act({ kind: "read", path })],
    closing: () => `A REST handler for users, in ${language}, stands in ${path}.`,
  };
}

function noteInstead(prompt: TaskPrompt): Script {
  const path = prompt.file === null ? "NOTES.md" : `${prompt.file}.md`;
  const reason = `The demo model writes Go, TypeScript, JavaScript and Python, not ${prompt.language ?? "the language of this file"}.`;
  const content = `# Not generated\n\n${reason}\n\nAsked for: ${prompt.headline}\n`;
  return {
    steps: [act({ kind: "write", path, content })],
    closing: () => `${reason} A note of what was asked stands in ${path}.`,
  };
}
