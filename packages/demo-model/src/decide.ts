/** Decides the answer to a request, from the request alone. */
import type { CompletionRequest } from "./completion-request.ts";
import { readConversation } from "./conversation.ts";
import { answerWithoutTools } from "./plain-answer.ts";
import { type Answer, play, type Script } from "./script.ts";
import { changeFile } from "./scripts/change-file.ts";
import { generateApi } from "./scripts/generate-api.ts";
import { generateCode } from "./scripts/generate-code.ts";
import { generateUi } from "./scripts/generate-ui.ts";
import { inspectFile } from "./scripts/inspect-file.ts";
import { obeyPrompt } from "./scripts/obey-prompt.ts";
import { writeTest } from "./scripts/write-test.ts";
import { readTaskPrompt, type TaskPrompt } from "./task-prompt.ts";

const scripts = new Map<string, (prompt: TaskPrompt) => Script>([
  ["generate_api", generateApi],
  ["generate_ui", generateUi],
  ["generate_code", generateCode],
  ["edit", changeFile],
  ["refactor", changeFile],
  ["fix", changeFile],
  ["test", writeTest],
  ["explain", inspectFile],
  ["review", inspectFile],
  ["prompt", obeyPrompt],
]);

export function decide(request: CompletionRequest): Answer {
  const conversation = readConversation(request);
  const offered = request.tool_choice === "none" ? [] : (request.tools ?? []);
  const prompt = readTaskPrompt(conversation.prompt);
  const plain = offered.length === 0 ? answerWithoutTools(conversation) : null;
  if (plain !== null) return plain;
  const scriptFor = scripts.get(prompt.action) ?? obeyPrompt;
  return play(scriptFor(prompt), offered, conversation.turns);
}
